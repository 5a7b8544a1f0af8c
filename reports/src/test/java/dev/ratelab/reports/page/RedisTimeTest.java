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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On Redis its processor time stands before the rate, on each page. */
class RedisTimeTest {
  private static final Series GCRA =
      Series.of("throughput").algorithm("gcra").backend("redis", "lettuce").workload("zipf-0.99");
  private static final Series LIMIT = Series.of("throughput")
      .subject(Measurement.LIMIT)
      .backend("redis", "lettuce")
      .workload("no-op-evalsha");

  @TempDir
  private Path temp;

  /** More time is worse, so the best peer is the one over which our time is the largest. */
  @Test
  void itComesBeforeTheRateWithTheLimitAndTheBestPeer() throws IOException {
    String page = summary("full");

    assertThat(page.indexOf("Redis' processor time a decision: ratios"))
        .isBetween(1, page.indexOf("Decisions a second: ratios"));
    assertThat(page).contains("2.1× no-op-evalsha", "0.7× quick").doesNotContain("0.3× slow");
  }

  @Test
  void theFirstTableHoldsItAgainstTheLimitAndThePeer() throws IOException {
    String page = summary("full");

    assertThat(page)
        .containsPattern("\\| gcra .*2\\.1× no-op-evalsha .*, 0\\.7× quick")
        .as("the peer's rate tells less")
        .doesNotContainPattern("k/s \\(1\\.2× quick");
    assertThat(page.substring(page.indexOf("Ratelab over the physical limits")))
        .containsPattern("processor time of Redis a decision .* no-op-evalsha .*2\\.1×");
  }

  @Test
  void ofAQuickRunItSaysThatPeersAreStillWarmingUp() throws IOException {
    String notice = "its decisions a second are too low";

    assertThat(summary("full")).doesNotContain(notice);
    assertThat(summary("quick")).contains(notice);
  }

  private String summary(String profile) throws IOException {
    ResultsDirectory run =
        ResultsDirectory.create(temp.resolve(profile), Map.of(), Map.of("profile", profile));
    Series slow = GCRA.subject("slow");
    Series quick = GCRA.subject("quick");
    run.add(
        LIMIT.measured(Metric.SERVER_CPU, 5, 4.9, 5.1, 9),
        slow.measured(Metric.SERVER_CPU, 33, 32, 34, 9),
        quick.measured(Metric.SERVER_CPU, 14, 13, 15, 9),
        GCRA.measured(Metric.SERVER_CPU, 10, 9.8, 10.2, 9)
            .withRatios(List.of(
                new Ratio("no-op-evalsha", 2.1, 2, 2.2),
                new Ratio("slow", 0.3, 0.2, 0.4),
                new Ratio("quick", 0.7, 0.6, 0.8))),
        LIMIT.measured(Metric.OPERATIONS, 70_000, 69_000, 71_000, 9),
        quick.measured(Metric.OPERATIONS, 50_000, 49_000, 51_000, 9),
        GCRA.measured(Metric.OPERATIONS, 60_000, 59_000, 61_000, 9)
            .withRatios(List.of(
                new Ratio("no-op-evalsha", 0.8, 0.5, 1.1), new Ratio("quick", 1.2, 1.1, 1.3))),
        // What ran by itself has no ratios.
        Series.of("redis-cost")
            .algorithm("gcra")
            .backend("redis", "lettuce")
            .workload("admitted")
            .measured(Metric.CPU_PER_DECISION, 11, 10, 12, 9));
    Pages.write(run.path());
    return Files.readString(run.path().resolve("summary.md"));
  }
}
