package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolutionPageTest {
  @TempDir
  private Path temp;

  private ResultsDirectory run;

  @BeforeEach
  void create() throws IOException {
    run = ResultsDirectory.create(temp.resolve("run"), Map.of(), Map.of());
  }

  @Test
  void itSaysWhetherATenthIsFoundAndWhetherTheSameTwiceIsToldApartTooOften() throws IOException {
    trials(Series.of("resolution").algorithm("gcra").backend("memory", Measurement.NONE), 4, 18);
    trials(
        Series.of("resolution")
            .algorithm("gcra")
            .backend("redis", "lettuce")
            .workload("zipf-0.99-server-cpu-per-decision"),
        3,
        20);

    assertThat(summary())
        .contains(
            "Memory, by decisions a second: a slow-down of a tenth was found in 18 of 20 trials;"
                + " the same limiter twice was told apart in 4 of 20, more than chance gives at a level of 5 %.",
            "Redis over Lettuce, by Redis' processor time: a slow-down of a tenth was found in 20 of 20 trials;"
                + " the same limiter twice was told apart in 3 of 20, which may be chance at a level of 5 %.",
            "±4 %");
  }

  private void trials(Series series, int alarms, int found) throws IOException {
    run.add(
        series.exact(Metric.FALSE_ALARMS, alarms / 20.0, 20),
        series.exact(Metric.FOUND, found / 20.0, 20),
        series.exact(Metric.HALF_WIDTH, 0.04, 20),
        series.exact(Metric.SLOWED, 0.9, 20));
  }

  private String summary() throws IOException {
    Pages.write(run.path());
    return Files.readString(run.path().resolve("summary.md"));
  }
}
