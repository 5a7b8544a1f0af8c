package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.load.GivenLoad;
import dev.ratelab.bench.load.Http;
import dev.ratelab.bench.load.HttpRequestTemplate;
import dev.ratelab.bench.load.LoadOptions;
import dev.ratelab.bench.load.ProperAnswers;
import dev.ratelab.bench.load.Slo;
import dev.ratelab.bench.peer.HttpPeer;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.TraceArrivals;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Limit;
import dev.ratelab.server.command.PlainErrors;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code ratelab bench http}: the open-loop load generator. */
@Command(
    name = "http",
    description = {
      "Open-loop load: requests are sent when they are due, whatever became of the earlier ones, and latency counts from when they were due.",
      "Without --url and --target: the experiment, our server around GCRA in memory, on Redis over Lettuce and over Jedis, and around no decision at all, beside nginx and Express where they are installed, each a process of its own."
    },
    mixinStandardHelpOptions = true)
final class HttpCommand implements Callable<Integer> {
  private static final Pattern SLO = Pattern.compile("p(\\d{1,2}(?:\\.\\d{1,6})?)=(.+)");
  private static final int MOST_HEAD_BYTES = 1 << 24;
  private static final List<String> ONLY_WITH_URL =
      List.of("--method", "--body", "--header", "--expect-status", "--max-head");
  private static final List<String> NOT_WITH_URL = List.of("--limit", "--window", "--redis");
  private static final List<String> NOT_WITH_TARGET = List.of("--timeout", "--pipeline");

  @Spec
  private CommandSpec spec;

  @ArgGroup
  private @Nullable What what;

  @Mixin
  private Shape shape;

  @Mixin
  private Message message;

  @Mixin
  private RunOptions options;

  @Mixin
  private LimitOptions limits;

  /** Who is loaded. */
  private static final class What {
    @Option(
        names = "--url",
        paramLabel = "URL",
        description =
            "Any HTTP/1.1 server, such as http://127.0.0.1:8080/check. $${key} stands for a request's key.")
    private @Nullable String url;

    @Option(
        names = "--target",
        paramLabel = "SUBJECT",
        description =
            "A limiter in this process: an algorithm and its backend, such as gcra@memory, gcra@redis/lettuce, gcra@redis/jedis.")
    private @Nullable String target;
  }

  /** What the load is like. */
  private static final class Shape {
    @Option(
        names = "--rate",
        paramLabel = "PER_SECOND",
        description =
            "Requests a second, on average; with --slo where the search begins. Default: 1000, in the experiment 2000")
    private @Nullable Double rate;

    @Option(
        names = "--duration",
        paramLabel = "DURATION",
        description =
            "How long is measured; each trial of --slo takes a tenth of it. Default: 10s, or the whole trace; in the experiment a round")
    private @Nullable Duration duration;

    @Option(
        names = "--warmup",
        paramLabel = "DURATION",
        description = "How long the load runs before that, unmeasured. Default: 3s")
    private @Nullable Duration warmup;

    @Option(
        names = "--arrivals",
        paramLabel = "constant|poisson|on-off[:ON/OFF]|trace:FILE",
        defaultValue = "poisson",
        description = {
          "on-off: bursts, such as on-off:100ms/400ms; default 500ms of each, and --rate is the mean over both.",
          "trace: the instants of an access log, or of a file with one instant in seconds a line; - is standard input. Default: ${DEFAULT-VALUE}"
        })
    private String arrivals;

    @Option(
        names = "--speed",
        paramLabel = "FACTOR",
        description = "How many times as fast a trace is sent. Default: 1")
    private @Nullable Double speed;

    @Option(
        names = "--connections",
        paramLabel = "NUMBER",
        defaultValue = "16",
        description =
            "Connections that are kept alive; with --target the senders of Jedis. Default: ${DEFAULT-VALUE}")
    private int connections;

    @Option(
        names = "--pipeline",
        paramLabel = "NUMBER",
        defaultValue = "1",
        description =
            "Unanswered requests on each connection. When all are full, requests wait, and that counts. Default: ${DEFAULT-VALUE}")
    private int pipeline;

    @Option(
        names = "--keys",
        paramLabel = "NUMBER",
        defaultValue = "10000",
        description = "How many different keys there are. Default: ${DEFAULT-VALUE}")
    private int keys;

    @Option(
        names = "--key-skew",
        paramLabel = "uniform|zipf|hot",
        defaultValue = "uniform",
        description =
            "zipf: key number i as often as 1/i^0.99. hot: half of all requests on one key. Default: ${DEFAULT-VALUE}")
    private Popularity skew;

    @Option(
        names = "--timeout",
        paramLabel = "DURATION",
        defaultValue = "5s",
        description =
            "When a request is given up, counted from when it was due. Default: ${DEFAULT-VALUE}")
    private Duration timeout;

    @Option(
        names = "--slo",
        paramLabel = "pPERCENT=DURATION",
        description =
            "Search the highest rate that holds this, such as p99=5ms. Default: none, in the experiment p99=5ms")
    private @Nullable Slo slo;
  }

  /** What is sent to a URL. */
  private static final class Message {
    @Option(
        names = "--method",
        paramLabel = "METHOD",
        description = "Default: POST, or GET with an empty --body")
    private @Nullable String method;

    @Option(
        names = "--body",
        paramLabel = "TEXT",
        description = "$${key} stands for a request's key. Default: {\"key\":\"$${key}\"}")
    private @Nullable String body;

    @Option(
        names = "--header",
        paramLabel = "'NAME: VALUE'",
        description = "A header field more; may be repeated, with one name too.")
    private List<String> headers = new ArrayList<>();

    @Option(
        names = "--expect-status",
        paramLabel = "LIST",
        defaultValue = ProperAnswers.STATUSES,
        description =
            "Statuses of a proper answer; any other is an error. Default: ${DEFAULT-VALUE}")
    private String expected;

    @Option(
        names = "--max-head",
        paramLabel = "BYTES",
        defaultValue = "" + ProperAnswers.HEAD_BYTES,
        description =
            "How long the status line of an answer may be, and its header fields together. Default: ${DEFAULT-VALUE}")
    private int headBytes;
  }

  private boolean remoteTarget;

  @Override
  public Integer call() {
    Limit limit = limits.limit(Experiments.PERMITS, Experiments.WINDOW);
    Experiment experiment;
    String warning;
    Map<String, String> parameters = new LinkedHashMap<>();
    if (what == null || what.url == null) {
      parameters.put("limit", Long.toString(limit.permits()));
      parameters.put("window_us", Long.toString(limit.windowMicros()));
    }
    try {
      ArrivalProcess arrivals = arrivals();
      warning = arrivals instanceof TraceArrivals trace ? trace.warning() : "";
      experiment = experiment(arrivals, parameters);
    } catch (IllegalArgumentException | IOException | TypeConversionException e) {
      throw new ParameterException(
          spec.commandLine(), Objects.requireNonNullElse(e.getMessage(), e.toString()));
    }
    boolean redisIsOfUse = experiment instanceof Http || remoteTarget;
    return new RunSession(
            spec.commandLine(), options, redisIsOfUse ? options.redis : OptionalRedis.NONE)
        .warn("skipped", warning)
        .run(limit, parameters, List.of(experiment));
  }

  private Experiment experiment(ArrivalProcess arrivals, Map<String, String> parameters) {
    String url = what == null ? null : what.url;
    if (url == null) {
      refuse(
          ONLY_WITH_URL,
          "--method, --body, --header, --expect-status and --max-head are for --url");
    }
    LoadOptions load = load(arrivals, options.profile, what == null);
    describe(load, parameters);
    if (url != null) {
      refuse(NOT_WITH_URL, "%s is for limiters of ours; the server of --url has its own");
      String body = Objects.requireNonNullElse(message.body, HttpRequestTemplate.CHECK_BODY);
      String method = Objects.requireNonNullElse(message.method, body.isEmpty() ? "GET" : "POST");
      HttpRequestTemplate template = HttpRequestTemplate.of(url, method, body, message.headers);
      if (message.headBytes < 1 || message.headBytes > MOST_HEAD_BYTES) {
        throw new IllegalArgumentException(
            "--max-head is %s; accepted: 1 to %s".formatted(message.headBytes, MOST_HEAD_BYTES));
      }
      parameters.put("http.url", url);
      return GivenLoad.url(
          template, ProperAnswers.of(message.expected).within(message.headBytes), load);
    }
    String target = what == null ? null : what.target;
    if (target != null) {
      Subject subject = subject(target);
      refuse(NOT_WITH_TARGET, "%s is for HTTP; --target is called in this process");
      parameters.put("http.target", subject.id());
      remoteTarget = subject.isRemote();
      return GivenLoad.target(subject, load);
    }
    return new Http(load, HttpPeer.all());
  }

  /** Refuses the first of these options that was given. */
  private void refuse(List<String> refused, String why) {
    refused.stream()
        .filter(spec.commandLine().getParseResult()::hasMatchedOption)
        .findFirst()
        .ifPresent(option -> {
          throw new IllegalArgumentException(why.formatted(option));
        });
  }

  private LoadOptions load(ArrivalProcess arrivals, Profile profile, boolean experiment) {
    double rate =
        shape.rate != null ? shape.rate : experiment ? Http.usual(profile).rate() : 1_000;
    Duration duration = shape.duration;
    if (arrivals instanceof TraceArrivals trace) {
      if (shape.rate != null || shape.slo != null) {
        throw new IllegalArgumentException(
            "a trace has a rate of its own, which --rate and --slo cannot change; --speed can");
      }
      duration = duration != null ? duration : trace.length();
      rate = trace.size() / Math.max(1e-3, trace.length().toNanos() / 1e9);
    } else if (shape.speed != null) {
      throw new IllegalArgumentException("--speed is for --arrivals trace:FILE");
    }
    Duration warmup = shape.warmup;
    Slo slo = shape.slo;
    if (experiment) {
      LoadOptions usual = Http.usual(profile);
      duration = duration != null ? duration : usual.duration();
      warmup = warmup != null ? warmup : usual.warmup();
      slo = slo != null || arrivals instanceof TraceArrivals ? slo : usual.slo();
    }
    return new LoadOptions(
        arrivals,
        rate,
        duration != null ? duration : Duration.ofSeconds(10),
        warmup != null ? warmup : Duration.ofSeconds(3),
        shape.connections,
        shape.pipeline,
        shape.keys,
        shape.skew,
        shape.timeout,
        slo);
  }

  private static void describe(LoadOptions load, Map<String, String> parameters) {
    parameters.put("http.arrivals", load.arrivals().name());
    parameters.put("http.rate", Double.toString(load.rate()));
    parameters.put("http.duration_us", Long.toString(load.duration().toNanos() / 1_000));
    parameters.put("http.connections", Integer.toString(load.connections()));
    parameters.put("http.pipeline", Integer.toString(load.pipeline()));
    parameters.put("http.keys", load.skew().id() + " " + load.keys());
    Slo slo = load.slo();
    if (slo != null) {
      parameters.put("http.slo", slo.toString());
    }
  }

  private ArrivalProcess arrivals() throws IOException {
    String text = shape.arrivals;
    if (text.equals("constant")) {
      return new ArrivalProcess.Constant();
    }
    if (text.equals("poisson")) {
      return new ArrivalProcess.Poisson();
    }
    if (text.equals("on-off")) {
      return new ArrivalProcess.OnOff(Duration.ofMillis(500), Duration.ofMillis(500));
    }
    Matcher bursts = Pattern.compile("on-off:([^/]+)/([^/]+)").matcher(text);
    if (bursts.matches()) {
      return new ArrivalProcess.OnOff(
          DurationText.parse(bursts.group(1)), DurationText.parse(bursts.group(2)));
    }
    if (text.startsWith("trace:") && text.length() > "trace:".length()) {
      return TraceArrivals.read(
          PlainErrors.path(text.substring("trace:".length())),
          shape.speed != null ? shape.speed : 1);
    }
    throw new IllegalArgumentException(
        "'%s' is no kind of arrivals; accepted: constant, poisson, on-off, on-off:ON/OFF, trace:FILE"
            .formatted(text));
  }

  private static Subject subject(String text) {
    String id = text.endsWith("@" + Subject.MEMORY) ? text + "/none" : text;
    return Subject.loadable().stream()
        .filter(subject -> subject.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "'%s' is no target; accepted: an algorithm (%s), @ and memory, redis/lettuce, redis/jedis, redis-cluster/lettuce or redis-cluster/jedis"
                .formatted(
                    text,
                    Arrays.stream(Algorithm.values())
                        .map(Algorithm::id)
                        .collect(Collectors.joining(", ")))));
  }

  /** Reads --key-skew. */
  static Popularity skew(String text) {
    return switch (text) {
      case "uniform" -> Popularity.UNIFORM;
      case "zipf" -> Popularity.ZIPF;
      case "hot" -> Popularity.HALF_HOT;
      default ->
        throw new TypeConversionException(
            "'%s' is no skew; accepted: uniform, zipf, hot".formatted(text));
    };
  }

  /** Reads --slo. */
  static Slo slo(String text) {
    Matcher parts = SLO.matcher(text);
    try {
      if (parts.matches()) {
        return new Slo(Double.parseDouble(parts.group(1)), DurationText.parse(parts.group(2)));
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw new TypeConversionException(
        "'%s' is no objective; accepted: a percentile over 0 and below 100 and a duration, such as p99=5ms or p99.9=500us"
            .formatted(text));
  }
}
