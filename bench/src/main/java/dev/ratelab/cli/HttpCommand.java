package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.load.GivenLoad;
import dev.ratelab.bench.load.Http;
import dev.ratelab.bench.load.HttpRequestTemplate;
import dev.ratelab.bench.load.LoadOptions;
import dev.ratelab.bench.load.Slo;
import dev.ratelab.bench.peer.HttpPeer;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.TraceArrivals;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ratelab bench http}: the open-loop load generator. */
@Command(
    name = "http",
    description = {
      "Open-loop load: requests are sent when they are due, whatever became of the earlier ones, and latency counts from when they were due.",
      "Without --url and --target: the experiment, our server around GCRA in memory, on Redis over Lettuce and over Jedis, and around no decision at all, beside nginx and Express where they are installed, each a process of its own."
    },
    mixinStandardHelpOptions = true)
final class HttpCommand implements Callable<Integer> {
  private static final List<String> ONLY_WITH_URL =
      List.of("--method", "--body", "--header", "--expect-status", "--max-head");
  private static final List<String> NOT_WITH_URL = List.of("--limit", "--window", "--redis");
  private static final List<String> NOT_WITH_TARGET = List.of("--timeout", "--pipeline");

  @Spec
  private CommandSpec spec;

  @ArgGroup
  private @Nullable What what;

  @Mixin
  private HttpLoadOptions shape;

  @Mixin
  private HttpMessageOptions message;

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

  private boolean remoteTarget;

  @Override
  public Integer call() {
    Limit limit = limits.limit(Experiments.PERMITS, Experiments.WINDOW);
    Experiment experiment;
    String warning;
    Map<String, String> parameters = new LinkedHashMap<>();
    if (what == null || what.url == null) {
      parameters.putAll(LimitOptions.parameters(limit));
    }
    try {
      ArrivalProcess arrivals = shape.arrivals();
      warning = arrivals instanceof TraceArrivals trace ? trace.warning() : "";
      experiment = experiment(arrivals, parameters);
    } catch (IllegalArgumentException | IOException e) {
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
    LoadOptions load = shape.load(arrivals, what == null ? Http.usual(options.profile) : null);
    describe(load, parameters);
    if (url != null) {
      refuse(NOT_WITH_URL, "%s is for limiters of ours; the server of --url has its own");
      HttpRequestTemplate template = message.template(url);
      parameters.put("http.url", url);
      return GivenLoad.url(template, message.proper(), load);
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
}
