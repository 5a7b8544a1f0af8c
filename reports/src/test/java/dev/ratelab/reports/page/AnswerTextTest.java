package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.Series;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswerTextTest {
  private final List<Measurement> rows = new ArrayList<>();

  @Test
  void nothingMeasured() {
    assertThat(answer()).isEqualTo("This run has not measured an algorithm yet.");
  }

  @Test
  void whoHoldsTheLimit() {
    burst("gcra", 199, 200);
    assertThat(answer())
        .isEqualTo("No algorithm holds N in every window; they let up to 1.99 N through.");

    burst("sliding-window-log", 100, 100);
    assertThat(answer())
        .isEqualTo(
            "Only sliding-window-log holds N in every window; the others let up to 1.99 N through.");

    burst("leaky-bucket", 100, 100);
    assertThat(answer()).startsWith("Only sliding-window-log and leaky-bucket hold N ");
  }

  /** That no arrivals of this run got more through is no promise. */
  @Test
  void aBoundAboveTheLimitIsNotHeld() {
    burst("gcra", 100, 200);

    assertThat(answer()).startsWith("No algorithm holds N in every window;");
  }

  @Test
  void whereIntervalsMeetNoDifferenceIsClaimed() {
    rate("gcra", 100, 90, 110);
    rate("token-bucket", 80, 70, 90);
    rate("fixed-window", 95, 85, 105);

    assertThat(answer()).isEqualTo("On Redis over Jedis their speeds cannot be told apart.");

    limit(200);
    assertThat(answer())
        .isEqualTo(
            "On Redis over Jedis their speeds cannot be told apart: 40 % to 50 % of the physical limit.");
  }

  /** Requests of several policies, or calls that answer in one number, are measured too, and later. */
  @Test
  void theAnswerIsAboutTheUsualLoad() {
    rate("gcra", 100, 90, 110);
    rate("token-bucket", 80, 70, 90);
    for (String algorithm : List.of("gcra", "token-bucket")) {
      rows.add(rate()
          .workload("zipf-4-policies")
          .algorithm(algorithm)
          .measured(Metric.OPERATIONS, algorithm.equals("gcra") ? 30 : 10, 10, 30, 3));
    }
    limit(200);

    assertThat(answer()).endsWith(": 40 % to 50 % of the physical limit.");
  }

  /** Values that overlap and ratios to one limit that do not. */
  @Test
  void ratiosTurnByTurnTellApartWhatValuesDoNot() {
    Measurement slow = rate().algorithm("gcra").measured(Metric.OPERATIONS, 80, 40, 160, 3);
    Measurement fast =
        rate().algorithm("token-bucket").measured(Metric.OPERATIONS, 100, 50, 200, 3);
    rows.add(slow.withRatios(List.of(new Ratio("no-op-evalsha", 0.4, 0.39, 0.41))));
    rows.add(fast.withRatios(List.of(new Ratio("no-op-evalsha", 0.5, 0.49, 0.51))));

    assertThat(answer()).contains("only gcra is measurably slower than the fastest, token-bucket");
  }

  @Test
  void whoIsSlowerThanTheFastest() {
    rate("gcra", 100, 90, 110);
    rate("token-bucket", 80, 70, 89.9);
    rate("fixed-window", 95, 85, 105);
    assertThat(answer())
        .isEqualTo(
            "On Redis over Jedis only token-bucket is measurably slower than the fastest, gcra: 80 % of its speed.");

    rate("leaky-bucket", 50, 50, 50);
    rate("sliding-window-log", 10, 10, 10);
    assertThat(answer())
        .isEqualTo(
            "On Redis over Jedis fixed-window cannot be told from the fastest, gcra; the other 3 make"
                + " 10 % (sliding-window-log) to 80 % (token-bucket) of its speed.");
  }

  @Test
  void whoKeepsMost() {
    bytes("gcra", 100, 90, 110);
    bytes("sliding-window-log", 120, 110, 130);
    assertThat(answer()).doesNotContain("kept");

    bytes("leaky-bucket", 700, 690, 710);
    assertThat(answer())
        .isEqualTo("Most is kept by leaky-bucket: 700 B a key (memory), 7× that of gcra.");
  }

  @Test
  void aPeerIsNoAlgorithmOfOurs() {
    rate("gcra", 100, 90, 110);
    rate("token-bucket", 99, 90, 110);
    rows.add(Series.of("throughput")
        .algorithm("gcra")
        .backend("redis", "jedis")
        .subject("Other")
        .workload("zipf")
        .measured(Metric.OPERATIONS, 900, 890, 910, 3));

    assertThat(answer()).isEqualTo("On Redis over Jedis their speeds cannot be told apart.");
  }

  private void burst(String algorithm, double most, double bound) {
    Series series =
        Series.of("burst").algorithm(algorithm).backend("memory").workload("adversarial");
    rows.add(series.exact(Metric.MAX_IN_WINDOW, most, 1));
    rows.add(series.exact(Metric.BOUND_IN_WINDOW, bound, 1));
  }

  private static Series rate() {
    return Series.of("throughput").backend("redis", "jedis").workload("zipf");
  }

  private void rate(String algorithm, double value, double low, double high) {
    rows.add(rate().algorithm(algorithm).measured(Metric.OPERATIONS, value, low, high, 3));
  }

  private void limit(double value) {
    rows.add(rate()
        .subject(Measurement.LIMIT)
        .workload("no-op-evalsha")
        .exact(Metric.OPERATIONS, value, 3));
  }

  private void bytes(String algorithm, double value, double low, double high) {
    rows.add(Series.of("memory")
        .algorithm(algorithm)
        .backend("memory")
        .measured(Metric.BYTES_PER_KEY, value, low, high, 3));
  }

  private String answer() {
    ReportedRun run = new ReportedRun(
        Path.of("none"), new Results(Map.of(), List.of(), Map.of("limit", "100"), rows));
    return AnswerText.of(run, BackendSummary.of(run));
  }
}
