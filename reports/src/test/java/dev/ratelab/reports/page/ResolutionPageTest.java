package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
                + " the same limiter twice was told apart in 4 of 20, more than the level of 5 % says.",
            "Redis over Lettuce, by Redis' processor time: a slow-down of a tenth was found in 20 of 20 trials;"
                + " the same limiter twice was told apart in 3 of 20, no more than the level of 5 % says.",
            "±4 %");
  }

  /** More time is worse, so the best peer is the one over which our time is the largest. */
  @Test
  void redisTimeComesBeforeTheRateWithTheLimitAndTheBestPeer() throws IOException {
    Series gcra =
        Series.of("throughput").algorithm("gcra").backend("redis", "lettuce").workload("zipf-0.99");
    Series limit = Series.of("throughput")
        .subject(Measurement.LIMIT)
        .backend("redis", "lettuce")
        .workload("no-op-evalsha");
    run.add(
        limit.measured(Metric.SERVER_CPU, 5, 4.9, 5.1, 9),
        gcra.measured(Metric.SERVER_CPU, 10, 9.8, 10.2, 9)
            .withRatios(List.of(
                new Ratio("no-op-evalsha", 2.1, 2, 2.2),
                new Ratio("slow", 0.3, 0.2, 0.4),
                new Ratio("quick", 0.7, 0.6, 0.8))),
        limit.measured(Metric.OPERATIONS, 70_000, 69_000, 71_000, 9),
        gcra.measured(Metric.OPERATIONS, 60_000, 59_000, 61_000, 9)
            .withRatios(List.of(new Ratio("no-op-evalsha", 0.8, 0.5, 1.1))));

    String page = summary();

    assertThat(page.indexOf("Redis' processor time a decision: ratios"))
        .isBetween(1, page.indexOf("Decisions a second: ratios"));
    assertThat(page).contains("2.1× no-op-evalsha", "0.7× quick").doesNotContain("0.3× slow");
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
