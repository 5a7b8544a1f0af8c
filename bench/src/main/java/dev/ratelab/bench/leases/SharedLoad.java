package dev.ratelab.bench.leases;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.KeySequence;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What several instances are asked for that share their counters: Poisson arrivals of which most are denied, or admitted, or nearly as many
 * as the limit admits, or of many keys; and bursts that are made for the bound ({@link Bursts}).
 */
enum SharedLoad {
  DENIED("poisson-one-hot-key-denied", Popularity.ONE_HOT_KEY, 3_000, 1_000, 4, 0),
  ADMITTED("poisson-one-hot-key-admitted", Popularity.ONE_HOT_KEY, 3_000, 10_000, 4, 1),
  MANY_KEYS("poisson-zipf-0.99", Popularity.ZIPF, 3_000, 100, 4, 2),
  BURSTS("bursts-one-hot-key", Popularity.ONE_HOT_KEY, 0, 1_000, 4, 3),
  NEAR_LIMIT("poisson-one-hot-key-near-limit", Popularity.ONE_HOT_KEY, 1_200, 1_000, 8, 4);

  static final long SECOND = 1_000_000;

  /** A full counter is used up in five. */
  private static final int NEAR_LIMIT_SECONDS = 8;

  final String id;
  final int instances;
  private final Popularity keys;
  private final double asked;
  private final long admitted;
  private final int stream;

  /** A request that is due so many nanoseconds after the begin, of an instance. */
  record Arrival(long at, int instance, String key) {}

  /**
   * Both amounts are requests a second, those admitted of each key.
   *
   * @param stream which of the run's random ones it is
   */
  SharedLoad(String id, Popularity keys, double asked, long admitted, int instances, int stream) {
    this.id = id;
    this.keys = keys;
    this.asked = asked;
    this.admitted = admitted;
    this.instances = instances;
    this.stream = stream;
  }

  static List<SharedLoad> of(Run run) {
    return run.profile() == Profile.SMOKE ? List.of(DENIED, BURSTS) : List.of(values());
  }

  /** How long a run asks on the real clock. */
  int seconds(Run run) {
    int most = Effort.LEASES.of(run).size();
    return switch (this) {
      case DENIED, BURSTS -> most;
      case ADMITTED, MANY_KEYS -> Math.max(2, most / 2);
      case NEAR_LIMIT -> Math.max(NEAR_LIMIT_SECONDS, most / 2);
    };
  }

  /** Of a second, or of the lease's time where that is longer. */
  Limit limit(@Nullable Lease lease) {
    long window = lease == null ? SECOND : window(lease.micros());
    return Limit.of(admitted * (window / SECOND), Duration.ofMillis(window / 1_000));
  }

  static long window(long lease) {
    return Math.max(lease, SECOND);
  }

  /**
   * What a policy is asked, in order: by the bursts each as it needs, else all the same, drawn once.
   *
   * @param seconds how long; the bursts have a length of their own
   */
  Function<Policy, List<Arrival>> arrivals(Run run, int seconds) {
    if (this == BURSTS) {
      return policy -> Bursts.arrivals(policy, instances);
    }
    SplittableRandom random = new SplittableRandom(Seeds.derive(run.seed(), Leases.NAME, stream));
    KeySequence sequence = KeySequence.ofThread(keys, run.seed(), stream);
    long[] nanos =
        new ArrivalProcess.Poisson().nanos(random.nextLong(), asked, Duration.ofSeconds(seconds));
    List<Arrival> drawn = IntStream.range(0, nanos.length)
        .mapToObj(i -> new Arrival(nanos[i], random.nextInt(instances), sequence.at(i)))
        .toList();
    return policy -> drawn;
  }
}
