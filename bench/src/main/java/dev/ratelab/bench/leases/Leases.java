package dev.ratelab.bench.leases;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.limiter.Lease;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * What a lease buys and what it costs, on one Redis: decisions a second and Redis' calls a decision against the block's size and the
 * lease's time ({@link LeaseSpeed}), and how much several instances together admit over and under what one central counter would
 * ({@link LeaseError}), by GCRA; and the same by each algorithm in virtual time ({@link ErrorByAlgorithm}).
 */
public final class Leases implements Experiment {
  static final String NAME = "leases";

  private static final List<Integer> BLOCKS = List.of(1, 10, 100, 1_000);
  private static final List<Integer> MILLIS = List.of(100, 1_000, 10_000);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Duration virtual = new ErrorByAlgorithm(run).planned();
    return run.redis() == null
        ? virtual
        : virtual.plus(new LeaseSpeed(run).planned()).plus(new LeaseError(run).planned());
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    RedisUnderTest redis = run.redis();
    ErrorByAlgorithm byAlgorithm = new ErrorByAlgorithm(run);
    if (redis == null) {
      run.results()
          .warn(
              NAME,
              "what a lease buys needs a Redis to borrow from; none here, so only the error by algorithm is measured, in virtual time");
      byAlgorithm.measure(0);
      return;
    }
    LeaseSpeed speed = new LeaseSpeed(run);
    LeaseError error = new LeaseError(run);
    double all = planned(run).toMillis();
    double fast = speed.planned().toMillis() / all;
    double real = fast + error.planned().toMillis() / all;
    speed.measure(redis, fast);
    error.measure(redis, fast, real);
    byAlgorithm.measure(real);
  }

  /** The leases of a profile: every block for every time, or a cross through the middle. */
  static List<Lease> all(Run run) {
    return MILLIS.stream()
        .flatMap(millis -> BLOCKS.stream()
            .filter(block -> switch (run.profile()) {
              case SMOKE -> millis == 1_000 && block <= 10;
              case QUICK -> millis == 1_000 || block == 100;
              case FULL -> true;
            })
            .map(block -> Lease.of(block, Duration.ofMillis(millis))))
        .toList();
  }
}
