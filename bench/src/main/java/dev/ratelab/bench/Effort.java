package dev.ratelab.bench;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** How much each experiment measures, for the profiles smoke, quick and full: the one table. */
// Amounts are records of values.
@SuppressWarnings("ImmutableEnumChecker")
public enum Effort {
  /** In processes of their own, and for each number of threads in scaling. */
  THROUGHPUT_MEMORY(amount(1, 2, 0, 20, 20), amount(6, 12, 0, 150, 15), amount(10, 26, 0, 200, 15)),
  /** The same on Redis. */
  THROUGHPUT_REDIS(amount(1, 2, 0, 20, 30), amount(4, 12, 0, 200, 30), amount(5, 24, 0, 400, 30)),
  /** Size is arrivals a second. */
  LATENCY_MEMORY(
      amount(1, 1, 20_000, 20, 50),
      amount(1, 3, 20_000, 300, 300),
      amount(1, 4, 20_000, 1_000, 1_500)),
  /** The same on Redis. */
  LATENCY_REDIS(
      amount(1, 1, 500, 20, 100), amount(1, 3, 2_000, 300, 400), amount(1, 4, 2_000, 1_000, 1_500)),
  /** Size is arrivals a second. */
  HTTP(
      amount(1, 1, 2_000, 300, 300),
      amount(1, 3, 2_000, 3_000, 3_000),
      amount(1, 3, 2_000, 4_000, 4_000)),
  /** Turns are samples, size is admissions; so is a turn's length, in milliseconds, of all that one takes. */
  MEMORY_HEAP(
      amount(1, 2, 50_000, 0, 50), amount(1, 3, 200_000, 0, 350), amount(1, 5, 1_000_000, 0, 300)),
  /** The same on Redis. */
  MEMORY_REDIS(
      amount(1, 2, 1_000, 0, 50), amount(1, 3, 10_000, 0, 300), amount(1, 5, 40_000, 0, 1_000)),
  /** Size is decisions a turn. */
  REDIS_COST(amount(1, 2, 200, 0, 0), amount(1, 6, 1_000, 0, 0), amount(1, 10, 3_000, 0, 0)),
  /** Size is decisions a turn. */
  TENANT_COST(amount(1, 2, 300, 0, 0), amount(1, 6, 3_000, 0, 0), amount(1, 10, 10_000, 0, 0)),
  /** Size is decisions a turn, a multiple of 100. */
  CLUSTER(amount(1, 2, 400, 0, 0), amount(1, 5, 4_000, 0, 0), amount(1, 10, 20_000, 0, 0)),
  /** Size is seconds of a load on several instances; the turns are those of one hot key. */
  LEASES(amount(1, 2, 2, 20, 20), amount(1, 4, 4, 300, 100), amount(3, 3, 20, 300, 120)),
  /** In JVMs of their own; size is the most keys. */
  SCALING_MEMORY(
      amount(1, 2, 1_000, 20, 20),
      amount(1, 5, 1_000_000, 400, 60),
      amount(5, 10, 10_000_000, 2_000, 400)),
  /** Size is the most keys. */
  SCALING_REDIS(
      amount(1, 2, 1_000, 0, 0), amount(1, 5, 100_000, 0, 0), amount(1, 10, 10_000_000, 0, 0)),
  /** Size is requests of a workload. */
  ACCURACY(amount(1, 1, 600, 0, 50), amount(1, 1, 10_000, 0, 700), amount(1, 1, 60_000, 0, 5_000)),
  /** Size is requests of a workload; a turn's length is the longest window that is waited for on the real clock. */
  BURST(amount(1, 1, 500, 0, 100), amount(1, 1, 4_000, 0, 2_000), amount(1, 1, 40_000, 0, 10_000)),
  /** Turns are repetitions of each load, a turn's length that of the load. */
  SIMULATION_VALIDATION(
      amount(1, 2, 0, 0, 200), amount(1, 6, 0, 0, 2_000), amount(1, 20, 0, 0, 2_000)),
  /** Size is scenarios for each property, algorithm and implementation. */
  VERIFICATION(amount(1, 1, 3, 0, 0), amount(1, 1, 150, 0, 0), amount(1, 1, 3_000, 0, 0));

  /**
   * How much.
   *
   * @param forks JVMs in which it is measured
   * @param turns measured turns of a subject in each
   * @param size what it means is said at the experiment
   */
  public record Amount(int forks, int turns, int size, Duration warmup, Duration turn) {
    /** The same in one JVM. */
    public Amount once() {
      return new Amount(1, turns, size, warmup, turn);
    }
  }

  private final Map<Profile, Amount> amounts;

  Effort(Amount smoke, Amount quick, Amount full) {
    amounts = Map.of(Profile.SMOKE, smoke, Profile.QUICK, quick, Profile.FULL, full);
  }

  /** That of a profile. */
  public Amount of(Profile profile) {
    return Objects.requireNonNull(amounts.get(profile));
  }

  /** That of a run. */
  public Amount of(Run run) {
    return of(run.profile());
  }

  private static Amount amount(int forks, int turns, int size, long warmupMillis, long turnMillis) {
    return new Amount(
        forks, turns, size, Duration.ofMillis(warmupMillis), Duration.ofMillis(turnMillis));
  }
}
