package dev.ratelab.bench.validation;

import dev.ratelab.bench.simulate.DesignResult;
import dev.ratelab.bench.simulate.FleetDesigns;
import dev.ratelab.bench.simulate.FleetSettings;
import dev.ratelab.bench.simulate.Simulation;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.TraceArrivals;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.Metric;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A load that is small enough for one machine to run for real.
 *
 * @param keys one that is hot, or several by Zipf's law
 * @param perSecond requests a second of all instances together, at random instants
 */
record SmallLoad(String load, int keys, double perSecond, Lease lease, FleetDesigns design) {
  static final Algorithm ALGORITHM = Algorithm.GCRA;
  static final int INSTANCES = 3;

  private static final Limit LIMIT = Limit.of(10, Duration.ofMillis(200));
  private static final double ZIPF = 0.99;

  /** One way, in microseconds: so far that what this machine does besides matters little. */
  private static final long DELAY = 2_000;

  /** Of the sum of two exponentially distributed times, in their mean. */
  private static final double MEDIAN_OF_TWO = 1.678;

  private static final long LONGEST_WAY = 200_000;

  private static final FleetSettings.Batch BATCH = new FleetSettings.Batch(10_000, 1_000);

  private static final Lease LARGE = Lease.of(5, Duration.ofMillis(200));
  private static final Lease SMALL = Lease.of(2, Duration.ofMillis(50));

  /** A hot key at twice the limit and at half of it, and a hundred keys; each design that exists for real. */
  static List<SmallLoad> all() {
    return Stream.of(
            new SmallLoad("hot-key-above", 1, 100, LARGE, FleetDesigns.CALL),
            new SmallLoad("hot-key-below", 1, 25, LARGE, FleetDesigns.CALL),
            new SmallLoad("zipf-100", 100, 400, LARGE, FleetDesigns.CALL))
        .flatMap(load -> Stream.of(
            load,
            load.with(LARGE, FleetDesigns.BATCHES),
            load.with(LARGE, FleetDesigns.LEASES_ADAPTIVE),
            load.with(SMALL, FleetDesigns.LEASES_ADAPTIVE)))
        .toList();
  }

  private SmallLoad with(Lease other, FleetDesigns how) {
    return new SmallLoad(load, keys, perSecond, other, how);
  }

  Policy policy() {
    return Policy.of("simulated", ALGORITHM, LIMIT)
        .withDeadline(Duration.ofMillis(900))
        .withLease(lease);
  }

  /** The load and the design with its parameters. */
  String name(Duration length) {
    return load + " " + design.describe(settings(0, length));
  }

  FleetSettings settings(long seed, Duration length) {
    return settings(
        seed, length.toNanos() / 1_000, new ArrivalProcess.Poisson(), new Network(DELAY, 0));
  }

  /**
   * One way to Redis, in microseconds.
   *
   * @param fixed what each message takes
   * @param jitter the mean of what it takes beside that
   */
  record Network(long fixed, long jitter) {
    /**
     * As seen: nearly the fastest is what each takes, and the median is kept. The mean would be that of a few calls during which the
     * machine stalled.
     */
    static Network of(List<Long> roundTrips) {
      List<Long> sorted = roundTrips.stream().sorted().toList();
      double fixed = sorted.get(sorted.size() / 20);
      double median = sorted.get(sorted.size() / 2);
      return new Network(most(fixed / 2), most((median - fixed) / MEDIAN_OF_TWO));
    }

    /** What a machine that stalls shows may be longer than what can be simulated. */
    private static long most(double micros) {
      return Math.round(Math.min(micros, LONGEST_WAY));
    }
  }

  private FleetSettings settings(long seed, long micros, ArrivalProcess arrivals, Network network) {
    return new FleetSettings(
        INSTANCES,
        policy(),
        new FleetSettings.Load(keys, ZIPF, arrivals, perSecond, micros),
        new FleetSettings.Network(1, network.fixed, network.fixed, network.jitter, 0),
        // What Redis itself takes is in the network's time.
        new FleetSettings.Redis(1, 0, 0, 0),
        new FleetSettings.Faults(0, 0, 0, 0),
        BATCH,
        100_000,
        seed,
        new FleetSettings.Memory(keys, keys * INSTANCES));
  }

  /** Simulates it with requests at the instants at which they were really sent. */
  DesignResult simulate(long seed, long[] sent, Network network) throws InterruptedException {
    double[] nanos = LongStream.of(sent).mapToDouble(at -> 1e3 * (at - sent[0])).toArray();
    long micros = sent[sent.length - 1] - sent[0] + 1;
    ArrivalProcess same = new TraceArrivals("measured", nanos, false, 1, "");
    return new Simulation(settings(seed, micros, same, network), List.of(design))
        .run((step, done) -> {})
        .get(0);
  }

  /** What is compared of a simulated run. */
  static Map<Metric, Double> metrics(DesignResult result) {
    return result.values().entrySet().stream()
        .filter(value -> value.getKey().experiments().contains("simulation-validation"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
