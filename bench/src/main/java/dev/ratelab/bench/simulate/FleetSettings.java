package dev.ratelab.bench.simulate;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * What is simulated. Times are in microseconds.
 *
 * @param instances M, which answer requests; instance i lies in region i mod R
 * @param policy the algorithm and its limit, and how instances borrow under the designs with leases; each key has a counter of it
 * @param load who asks, and when
 * @param network between instances and shards
 * @param redis its shards, and what they take for a call
 * @param faults of the instances and their clocks
 * @param batch how the design with batches gathers requests
 * @param every how often counts are sent, by the designs that count first and tell later
 * @param seed the same settings give the same results
 * @param memory what is kept
 */
public record FleetSettings(
    int instances,
    Policy policy,
    Load load,
    Network network,
    Redis redis,
    Faults faults,
    Batch batch,
    long every,
    long seed,
    Memory memory) {

  /** The longest that a message or a pause between two of them may take: what is under way is kept in order of time up to there. */
  static final long LONGEST = 1_000_000;

  /**
   * Requests.
   *
   * @param keys K, whose popularity falls as rank<sup>-exponent</sup>
   * @param exponent 0 for keys that are equally popular
   * @param arrivals of the whole fleet together
   * @param perSecond the mean rate of the whole fleet
   * @param duration no request comes after it
   */
  public record Load(
      long keys, double exponent, ArrivalProcess arrivals, double perSecond, long duration) {}

  /**
   * A message takes a fixed time and an exponentially distributed one beside it.
   *
   * @param regions R; an instance asks the shard of its key, wherever that lies
   * @param delay the fixed time of one way within a region
   * @param regionDelay the fixed time of one way between two regions
   * @param jitter the mean of the other
   * @param loss the share of messages that do not arrive
   */
  public record Network(int regions, long delay, long regionDelay, long jitter, double loss) {}

  /**
   * A shard does one thing after the other; what comes meanwhile waits. Times are in nanoseconds of its processor.
   *
   * @param shards S, over which keys are spread; shard s lies in region s mod R
   * @param call for a call of any kind: reading it, and writing its answer
   * @param decision for the decision of a call that makes one
   * @param batched for each decision, or each count, of a call with many
   */
  public record Redis(int shards, long call, long decision, long batched) {
    /**
     * Measured here, Redis 7.0.15 (reports/published/2026-11-29, experiment redis-cost): an empty script over Lettuce takes 5.3 us of
     * the server's processor, 1.2 of that in the script; GCRA's own script takes 7.4 us for an admission and 3.9 for a denial.
     * A decision in a call of 256 takes 2.3 (docs/performance.md).
     */
    public static final Redis MEASURED = new Redis(1, 4_100, 6_000, 2_300);

    /** For a call that makes so many decisions. */
    long deciding(long decisions) {
      return call + (decisions == 1 ? decision : decisions * batched);
    }
  }

  /**
   * What goes wrong.
   *
   * @param skew an instance's clock is off by as much, at most, either way
   * @param drift and runs too fast or too slow by such a share, at most
   * @param crashes how many there are in the whole run
   * @param down how long an instance that crashed answers nobody
   */
  public record Faults(long skew, double drift, int crashes, long down) {}

  /**
   * Requests that share a call.
   *
   * @param longest how long the first of them waits for others at most
   * @param most so many are sent at once
   */
  public record Batch(long longest, int most) {}

  /**
   * Bounds on what is kept, whatever the numbers of keys and instances.
   *
   * @param keys so many of the most popular ones have counters; the others are {@linkplain LightKeys too light to be denied}
   * @param pairs so many pairs of an instance and a key have what the instance knows of the key, the most popular keys first
   */
  public record Memory(int keys, int pairs) {}

  /**
   * Checks the domain.
   *
   * @throws IllegalArgumentException if a value lies outside, with what is accepted
   */
  public FleetSettings {
    within("instances", instances, 1, 1_000_000);
    within("keys", load.keys, 1, 10_000_000_000L);
    within("shards", redis.shards, 1, 1_000);
    within("regions", network.regions, 1, 100);
    time("delay", network.delay, 0, LONGEST / 4);
    time("delay between regions", network.regionDelay, 0, LONGEST / 4);
    time("jitter", network.jitter, 0, LONGEST / 4);
    time("interval of counts", every, 1, LONGEST);
    time("deadline", policy.deadline().toNanos() / 1_000, 1, LONGEST);
    time("longest wait for a batch", batch.longest, 0, LONGEST);
    within("size of a batch", batch.most, 1, 1_000_000);
    time("duration", load.duration, 1, 24 * 3_600 * 1_000_000L);
    within("crashes", faults.crashes, 0, 1_000_000);
    time("time down", faults.down, 0, 24 * 3_600 * 1_000_000L);
    time("clock skew", faults.skew, 0, 24 * 3_600 * 1_000_000L);
    within("keys with counters", memory.keys, 1, 100_000_000);
    within("pairs", memory.pairs, 1, 200_000_000);
    number("loss", network.loss, 1);
    number("drift", faults.drift, 0.5);
    number("Zipf's exponent", load.exponent, 5);
    if (!(load.perSecond > 0 && load.perSecond <= 1e9)) {
      throw new IllegalArgumentException(
          "the rate is %s a second; accepted: over 0, at most 1000000000"
              .formatted(text(load.perSecond)));
    }
  }

  /** How many keys have counters, by their ranks from 0 on. */
  public int countedKeys() {
    return (int) Math.min(load.keys, memory.keys);
  }

  /** Of how many keys each instance keeps what it knows. */
  public int keptKeys() {
    return Math.min(countedKeys(), memory.pairs / instances);
  }

  /** The lease of the policy. */
  Lease lease() {
    Lease lease = policy.lease();
    if (lease == null) {
      throw new IllegalArgumentException("the policy has no lease; accepted: one that has");
    }
    return lease;
  }

  long deadline() {
    return policy.deadline().toNanos() / 1_000;
  }

  private static void within(String name, long value, long least, long most) {
    require(value >= least && value <= most, name, value, least, most);
  }

  private static void time(String name, long micros, long least, long most) {
    require(
        micros >= least && micros <= most, name, duration(micros), duration(least), duration(most));
  }

  private static String duration(long micros) {
    return DurationText.of(Duration.of(micros, ChronoUnit.MICROS));
  }

  private static void number(String name, double value, double most) {
    require(value >= 0 && value <= most, name, text(value), 0, text(most));
  }

  /** A whole number without a point. */
  private static String text(double number) {
    return number == (long) number ? Long.toString((long) number) : Double.toString(number);
  }

  private static void require(
      boolean accepted, String name, Object value, Object least, Object most) {
    if (!accepted) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: %s to %s".formatted(name, value, least, most));
    }
  }
}
