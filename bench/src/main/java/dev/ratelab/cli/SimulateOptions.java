package dev.ratelab.cli;

import dev.ratelab.bench.simulate.FleetDesigns;
import dev.ratelab.bench.simulate.FleetSettings;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.server.command.AlgorithmNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code simulate} simulates. Each option stands over the preset's value. */
final class SimulateOptions {
  /** About how long a decision takes, for the progress display. */
  static final int PLANNED_NANOS = 150;

  @Option(
      names = "--preset",
      paramLabel = "small|internet",
      defaultValue = "small",
      description = {
        "small: 10 instances, 1000 keys, 20000 requests a second, 1 shard, 1 region, for 10s.",
        "internet: 1000 instances, 100000000 keys, 10000000 a second, 256 shards, 3 regions, for 2s. Default: ${DEFAULT-VALUE}"
      })
  private FleetPreset preset;

  @Option(
      names = "--design",
      paramLabel = "NAME",
      split = ",",
      completionCandidates = DesignNames.class,
      description = "One of ${COMPLETION-CANDIDATES}; may be given several times. Default: all")
  private @Nullable List<FleetDesigns> designs;

  @Option(
      names = "--instances",
      paramLabel = "NUMBER",
      description = "How many answer requests, each as many. Default: the preset's")
  private @Nullable Integer instances;

  @Option(
      names = "--keys",
      paramLabel = "NUMBER",
      description = "Keys, each under the limit. Default: the preset's")
  private @Nullable Long keys;

  @Option(
      names = "--zipf",
      paramLabel = "EXPONENT",
      defaultValue = "0.99",
      description =
          "The key of rank k is asked for in proportion to k^-EXPONENT; 0: all alike. Default: ${DEFAULT-VALUE}")
  private double zipf;

  @Option(
      names = "--rate",
      paramLabel = "NUMBER",
      description = "Requests a second to the whole fleet. Default: the preset's")
  private @Nullable Double rate;

  @Option(
      names = "--arrivals",
      paramLabel = "poisson|constant|on-off",
      defaultValue = "poisson",
      description =
          "on-off: half a second at random at twice the rate, half a second none. Default: ${DEFAULT-VALUE}")
  private ArrivalProcess arrivals;

  @Option(
      names = "--duration",
      paramLabel = "DURATION",
      description = "Virtual time in which requests come. Default: the preset's")
  private @Nullable Duration duration;

  @Option(
      names = "--algorithm",
      paramLabel = "NAME",
      defaultValue = "gcra",
      completionCandidates = AlgorithmNames.class,
      description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}")
  private Algorithm algorithm;

  @Option(
      names = "--limit",
      paramLabel = "PERMITS",
      defaultValue = "100",
      description = "Permits per window of each key. Default: ${DEFAULT-VALUE}")
  private long permits;

  @Option(
      names = "--window",
      paramLabel = "DURATION",
      defaultValue = "1s",
      description = "The window. Default: ${DEFAULT-VALUE}")
  private Duration window;

  @Option(
      names = "--burst",
      paramLabel = "PERMITS",
      description = "Of token-bucket, gcra and leaky-bucket. Default: the limit")
  private @Nullable Long burst;

  @Option(
      names = "--lease-permits",
      split = ",",
      paramLabel = "PERMITS",
      defaultValue = "10",
      description =
          "The most that an instance holds unspent of a key, and the size of a fixed block; several make a curve. Default: ${DEFAULT-VALUE}")
  private List<Long> leasePermits;

  @Option(
      names = "--lease-for",
      split = ",",
      paramLabel = "DURATION",
      defaultValue = "1s",
      description = "How long a block can be spent. Default: ${DEFAULT-VALUE}")
  private List<Duration> leaseFor;

  @Option(
      names = "--every",
      split = ",",
      paramLabel = "DURATION",
      defaultValue = "100ms",
      description =
          "How often an instance sends its counts, with the designs async and drop. Default: ${DEFAULT-VALUE}")
  private List<Duration> every;

  @Option(
      names = "--batch-wait",
      split = ",",
      paramLabel = "DURATION",
      defaultValue = "1ms",
      description =
          "How long the first request of a batch waits for others. Default: ${DEFAULT-VALUE}")
  private List<Duration> batchWait;

  @Option(
      names = "--batch-most",
      paramLabel = "NUMBER",
      defaultValue = "256",
      description = "A batch of so many is sent at once. Default: ${DEFAULT-VALUE}")
  private int batchMost;

  @Option(
      names = "--shards",
      paramLabel = "NUMBER",
      description = "Redis primaries, over which keys are spread. Default: the preset's")
  private @Nullable Integer shards;

  @Option(
      names = "--regions",
      paramLabel = "NUMBER",
      description = "Instances and shards are dealt out to them in turn. Default: the preset's")
  private @Nullable Integer regions;

  @Option(
      names = "--delay",
      paramLabel = "DURATION",
      defaultValue = "250us",
      description =
          "One way between an instance and a shard of its region. Default: ${DEFAULT-VALUE}")
  private Duration delay;

  @Option(
      names = "--region-delay",
      paramLabel = "DURATION",
      defaultValue = "40ms",
      description = "One way between two regions. Default: ${DEFAULT-VALUE}")
  private Duration regionDelay;

  @Option(
      names = "--jitter",
      paramLabel = "DURATION",
      defaultValue = "50us",
      description =
          "The mean of what a message takes beside that, exponentially distributed. Default: ${DEFAULT-VALUE}")
  private Duration jitter;

  @Option(
      names = "--loss",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = "The share of messages that never arrive, 0 to 1. Default: ${DEFAULT-VALUE}")
  private double loss;

  @Option(
      names = "--deadline",
      paramLabel = "DURATION",
      defaultValue = "250ms",
      description =
          "A request without an answer after it is denied, as fail-closed does. Default: ${DEFAULT-VALUE}")
  private Duration deadline;

  @Option(
      names = "--skew",
      paramLabel = "DURATION",
      defaultValue = "0ms",
      description = "Instances' clocks are off by up to it, either way. Default: ${DEFAULT-VALUE}")
  private Duration skew;

  @Option(
      names = "--drift",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Instances' clocks run too fast or too slow by up to it, 0 to 0.5. Default: ${DEFAULT-VALUE}")
  private double drift;

  @Option(
      names = "--crashes",
      paramLabel = "NUMBER",
      defaultValue = "0",
      description = "How many there are in all, of instances at random. Default: ${DEFAULT-VALUE}")
  private int crashes;

  @Option(
      names = "--down-for",
      paramLabel = "DURATION",
      defaultValue = "1s",
      description = "After how long an instance that crashed is back. Default: ${DEFAULT-VALUE}")
  private Duration downFor;

  @Option(
      names = "--call-ns",
      paramLabel = "NUMBER",
      description =
          "Nanoseconds of a shard's processor for a call of any kind. Default: 4100, measured")
  private @Nullable Long callNanos;

  @Option(
      names = "--decision-ns",
      paramLabel = "NUMBER",
      description = "And for the one decision in it. Default: 6000, measured")
  private @Nullable Long decisionNanos;

  @Option(
      names = "--batched-ns",
      paramLabel = "NUMBER",
      description = "Or for each of many decisions or counts in it. Default: 2300, measured")
  private @Nullable Long batchedNanos;

  @Option(
      names = "--exact-keys",
      paramLabel = "NUMBER",
      defaultValue = "1000000",
      description =
          "So many of the most popular keys have counters; the error of all others is bounded. Default: ${DEFAULT-VALUE}")
  private int exactKeys;

  @Option(
      names = "--pairs",
      paramLabel = "NUMBER",
      defaultValue = "1000000",
      description =
          "For so many pairs of an instance and a key, the most popular keys first, an instance keeps what it knows. Default: ${DEFAULT-VALUE}")
  private int pairs;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "The same seed, the same results. Default: ${DEFAULT-VALUE}")
  private long seed;

  /** The designs, each once. */
  List<FleetDesigns> designs() {
    return designs == null
        ? List.of(FleetDesigns.values())
        : designs.stream().distinct().toList();
  }

  /**
   * The settings with the first value of each option; and for each further value of one the same with that value.
   *
   * @throws IllegalArgumentException if they cannot be simulated
   */
  List<FleetSettings> settings() {
    long b = leasePermits.get(0);
    Duration time = leaseFor.get(0);
    Duration interval = every.get(0);
    Duration wait = batchWait.get(0);
    List<FleetSettings> all = new ArrayList<>(List.of(settings(b, time, interval, wait)));
    leasePermits.stream().skip(1).forEach(other -> all.add(settings(other, time, interval, wait)));
    leaseFor.stream().skip(1).forEach(other -> all.add(settings(b, other, interval, wait)));
    every.stream().skip(1).forEach(other -> all.add(settings(b, time, other, wait)));
    batchWait.stream().skip(1).forEach(other -> all.add(settings(b, time, interval, other)));
    return all;
  }

  private FleetSettings settings(long b, Duration time, Duration interval, Duration wait) {
    Limit limit = Limit.of(permits, window);
    Policy policy = Policy.of(
            "simulated", algorithm, burst == null ? limit : limit.withBurst(burst))
        .withDeadline(deadline)
        .withLease(Lease.of(b, time));
    FleetSettings.Redis measured = FleetSettings.Redis.MEASURED;
    return new FleetSettings(
        Objects.requireNonNullElse(instances, preset.instances()),
        policy,
        new FleetSettings.Load(
            Objects.requireNonNullElse(keys, preset.keys()),
            zipf,
            arrivals,
            Objects.requireNonNullElse(rate, preset.rate()),
            micros(Objects.requireNonNullElse(duration, preset.duration()))),
        new FleetSettings.Network(
            Objects.requireNonNullElse(regions, preset.regions()),
            micros(delay),
            micros(regionDelay),
            micros(jitter),
            loss),
        new FleetSettings.Redis(
            Objects.requireNonNullElse(shards, preset.shards()),
            Objects.requireNonNullElse(callNanos, measured.call()),
            Objects.requireNonNullElse(decisionNanos, measured.decision()),
            Objects.requireNonNullElse(batchedNanos, measured.batched())),
        new FleetSettings.Faults(micros(skew), drift, crashes, micros(downFor)),
        new FleetSettings.Batch(micros(wait), batchMost),
        micros(interval),
        seed,
        new FleetSettings.Memory(exactKeys, pairs));
  }

  static ArrivalProcess arrivals(String text) {
    return ArrivalProcess.named(text)
        .orElseThrow(() -> new IllegalArgumentException(
            "'%s' is no kind of arrivals; accepted: poisson, constant, on-off".formatted(text)));
  }

  private static long micros(Duration duration) {
    return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
  }

  static final class DesignNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(FleetDesigns.values()).map(FleetDesigns::id).iterator();
    }
  }
}
