package dev.ratelab.bench.rediscost;

import static dev.ratelab.bench.TestRuns.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterCostTest {
  private static final Subject GCRA = new Subject("gcra", Subject.REDIS_CLUSTER, "lettuce");

  @TempDir
  private Path directory;

  /** The clusters are the experiment's; the run's Redis only tells that one may be started. */
  @Test
  void manyKeysSpreadOverThePrimariesAndOneKeyDoesNot() throws Exception {
    Run run;
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      run = TestRuns.of(
          directory, Limit.of(10, Duration.ofSeconds(1)), redis.address().toString());
    }

    new ClusterCost().run(run);

    for (String way : new String[] {"calls", "batches", "leases"}) {
      for (int primaries : new int[] {1, 2, 3, 6}) {
        assertThat(share(run, "%s-one-key-%s-primaries".formatted(way, primaries)))
            .isEqualTo(1);
        assertThat(share(run, "%s-many-keys-%s-primaries".formatted(way, primaries)))
            .as("its share, and what chance and 64 tags add")
            .isBetween(1.0 / primaries, Math.min(1, 1.7 / primaries));
      }
      String one = way + "-one-key-1-primaries";
      assertThat(value(run, GCRA, one, "busiest-node-cpu-per-decision"))
          .isEqualTo(value(run, GCRA, one, "cpu-per-decision"))
          .isPositive();
      assertThat(value(run, GCRA, one, "scripts-per-decision")).isBetween(0.001, 1.0);
    }
  }

  private static double share(Run run, String workload) {
    return value(run, GCRA, workload, "busiest-node-share");
  }
}
