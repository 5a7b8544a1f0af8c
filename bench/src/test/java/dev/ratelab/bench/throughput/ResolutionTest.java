package dev.ratelab.bench.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolutionTest {
  @TempDir
  private Path directory;

  /** What it finds is the machine's; that it tries what it says is ours. */
  @Test
  void aRunTellsHowOftenItIsWrongAndHowOftenItFindsATenth() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run = TestRuns.of(
          directory, Limit.of(100, Duration.ofSeconds(1)), redis.address().toString());

      new Resolution().run(run);

      List<Measurement> rows = run.results().results().measurements();
      assertThat(rows)
          .extracting(row -> row.backend() + " " + row.workload())
          .as("in memory by the rate, on Redis by its processor time, too")
          .containsOnly(
              "memory zipf-0.99", "redis zipf-0.99-server-cpu-per-decision", "redis zipf-0.99");
      assertThat(rows.subList(4, 8))
          .extracting(Measurement::metric)
          .containsExactly("false-alarms", "found", "half-width", "slowed");
      assertThat(rows).allMatch(row -> row.samples() == 2 && row.value() >= 0);
    }
  }
}
