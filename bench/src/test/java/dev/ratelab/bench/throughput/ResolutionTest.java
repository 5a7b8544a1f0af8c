package dev.ratelab.bench.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolutionTest {
  @TempDir
  private Path directory;

  /** What it finds is the machine's; that it tries what it says is ours. */
  @Test
  void aRunTellsHowOftenItIsWrongAndHowOftenItFindsATenth() throws Exception {
    Run run = TestRuns.of(directory, Limit.of(100, Duration.ofSeconds(1)), null);

    new Resolution().run(run);

    assertThat(run.results().results().measurements())
        .extracting(Measurement::metric)
        .containsExactly("false-alarms", "found", "half-width", "slowed");
    assertThat(run.results().results().measurements())
        .allMatch(row -> row.samples() == 2 && row.value() >= 0);
  }
}
