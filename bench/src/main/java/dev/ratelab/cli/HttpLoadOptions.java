package dev.ratelab.cli;

import dev.ratelab.bench.load.LoadOptions;
import dev.ratelab.bench.load.Slo;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.TraceArrivals;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.server.command.PlainErrors;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What the load is like. */
final class HttpLoadOptions {
  private static final Pattern BURSTS = Pattern.compile("on-off:([^/]+)/([^/]+)");
  private static final String TRACE = "trace:";

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
  private Arrivals arrivals;

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
      converter = SkewConverter.class,
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

  /**
   * When requests are due.
   *
   * @throws IllegalArgumentException if a trace is none that is accepted
   * @throws IOException if a trace cannot be read; the message is for people
   */
  ArrivalProcess arrivals() throws IOException {
    return arrivals.at(speed != null ? speed : 1);
  }

  /** Arrivals of which a trace is not read yet. */
  interface Arrivals {
    ArrivalProcess at(double speed) throws IOException;
  }

  static Arrivals arrivals(String text) {
    if (text.startsWith(TRACE) && text.length() > TRACE.length()) {
      Path trace = PlainErrors.path(text.substring(TRACE.length()));
      return speed -> TraceArrivals.read(trace, speed);
    }
    Matcher bursts = BURSTS.matcher(text);
    ArrivalProcess generated = bursts.matches()
        ? new ArrivalProcess.OnOff(
            DurationText.parse(bursts.group(1)), DurationText.parse(bursts.group(2)))
        : ArrivalProcess.named(text)
            .orElseThrow(() -> new IllegalArgumentException(
                "'%s' is no kind of arrivals; accepted: constant, poisson, on-off, on-off:ON/OFF, trace:FILE"
                    .formatted(text)));
    return speed -> generated;
  }

  /**
   * The load.
   *
   * @param usual that of the experiment, or null for a load of the user's own
   * @throws IllegalArgumentException if one of the options is not accepted, or does not go with another
   */
  LoadOptions load(ArrivalProcess arrivals, @Nullable LoadOptions usual) {
    double perSecond = rate != null ? rate : usual != null ? usual.rate() : 1_000;
    Duration length = duration;
    Slo objective = slo;
    if (arrivals instanceof TraceArrivals trace) {
      if (rate != null || slo != null) {
        throw new IllegalArgumentException(
            "a trace has a rate of its own, which --rate and --slo cannot change; --speed can");
      }
      length = length != null ? length : trace.length();
      perSecond = trace.size() / Math.max(1e-3, trace.length().toNanos() / 1e9);
      if (perSecond > LoadOptions.MAX_REQUESTS) {
        throw new IllegalArgumentException(
            "the trace has %s requests a second; accepted: at most %s, as with a lower --speed"
                .formatted(Math.round(perSecond), LoadOptions.MAX_REQUESTS));
      }
    } else if (speed != null) {
      throw new IllegalArgumentException("--speed is for --arrivals trace:FILE");
    } else if (usual != null && objective == null) {
      objective = usual.slo();
    }
    Duration usualLength = usual != null ? usual.duration() : Duration.ofSeconds(10);
    Duration usualWarmup = usual != null ? usual.warmup() : Duration.ofSeconds(3);
    return new LoadOptions(
        arrivals,
        perSecond,
        length != null ? length : usualLength,
        warmup != null ? warmup : usualWarmup,
        connections,
        pipeline,
        keys,
        skew,
        timeout,
        objective);
  }

  private static final class SkewConverter implements ITypeConverter<Popularity> {
    @Override
    public Popularity convert(String text) {
      return switch (text) {
        case "uniform" -> Popularity.UNIFORM;
        case "zipf" -> Popularity.ZIPF;
        case "hot" -> Popularity.HALF_HOT;
        default ->
          throw new TypeConversionException(
              "'%s' is no skew; accepted: uniform, zipf, hot".formatted(text));
      };
    }
  }
}
