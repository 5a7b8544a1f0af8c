package dev.ratelab.reports.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.reports.baseline.Comparison.Row;
import dev.ratelab.reports.baseline.Comparison.Verdict;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonTest {
  private static final Series LATENCY = Series.of("latency").algorithm("gcra").backend("memory");
  private static final Series THROUGHPUT =
      Series.of("throughput").algorithm("gcra").threads(2);

  @ParameterizedTest
  @CsvSource({
    // More than chance, and far enough.
    "100, 95, 105, 120, 110, 130, WORSE",
    "120, 110, 130, 100, 95, 105, BETTER",
    // Intervals may meet and the values still be too far apart for chance …
    "100, 95, 110, 120, 110, 130, WORSE",
    "120, 110, 130, 100, 95, 110, BETTER",
    // … or not.
    "100, 84, 116, 118, 104, 132, SAME",
    "118, 104, 132, 100, 84, 116, SAME",
    // An interval may reach zero.
    "1, 0, 2, 20, 18, 22, WORSE",
    "1, 0, 2, 2, 0, 4, SAME",
    // Apart, and yet too close.
    "100, 99, 101, 110, 109, 111, SAME",
    "100, 100, 100, 110, 110, 110, SAME",
    "110, 110, 110, 100, 100, 100, SAME",
    "100, 100, 100, 110.01, 110.01, 110.01, WORSE",
    // Exact numbers from and to nothing.
    "0, 0, 0, 0, 0, 0, SAME",
    "0, 0, 0, 3, 3, 3, WORSE",
    "3, 3, 3, 0, 0, 0, BETTER",
  })
  void aLatencyHasChangedOnlyBeyondIntervalsAndThreshold(
      double before,
      double low,
      double high,
      double now,
      double nowLow,
      double nowHigh,
      Verdict verdict) {
    Comparison comparison = Comparison.of(
        run(LATENCY.measured(Metric.P99, now, nowLow, nowHigh, 9)),
        run(LATENCY.measured(Metric.P99, before, low, high, 9)),
        0.1);

    assertThat(comparison.rows()).extracting(Row::verdict).containsExactly(verdict);
    assertThat(comparison.count(verdict)).isEqualTo(1);
  }

  @Test
  void theDirectionDecidesWhatIsWorse() {
    assertThat(verdict(THROUGHPUT, "operations", 100, 50)).isEqualTo(Verdict.WORSE);
    assertThat(verdict(THROUGHPUT, "operations", 50, 100)).isEqualTo(Verdict.BETTER);
    assertThat(verdict(LATENCY, "p50", 100, 50)).isEqualTo(Verdict.BETTER);
    assertThat(verdict(LATENCY, "max", 50, 100)).isEqualTo(Verdict.CHANGED);
    assertThat(verdict(Series.of("verification"), "property", 1, 0)).isEqualTo(Verdict.WORSE);
    assertThat(verdict(Series.of("later"), "unheard-of", 1, 2)).isEqualTo(Verdict.CHANGED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit", "bucket4j"})
  void onlyRatelabItselfIsJudged(String subject) {
    assertThat(verdict(THROUGHPUT.subject(subject), "operations", 100, 50))
        .isEqualTo(Verdict.CHANGED);
  }

  @Test
  void rowsAreMatchedByWhatTheyMeasure() {
    Measurement a = LATENCY.raw("raw/a.csv").exact(Metric.P99, 8, 1);
    Measurement b = LATENCY.raw("raw/b.csv").exact(Metric.P99, 2, 7);
    Measurement gone = LATENCY.exact(Metric.P90, 1, 1);
    Measurement fresh = LATENCY.threads(2).exact(Metric.P99, 1, 1);

    Comparison comparison = Comparison.of(run(fresh, b), run(a, gone), 0.1);

    assertThat(comparison.rows())
        .containsExactly(new Row(a, b, "", Change.of(a, b), 0, Verdict.BETTER));
    assertThat(comparison.rows().get(0).change().ratio()).isEqualTo(0.25);
    assertThat(comparison.onlyInBaseline()).containsExactly(gone);
    assertThat(comparison.onlyInRun()).containsExactly(fresh);
  }

  /** A machine half as fast halves the limiter and its limit; one that is half as fast alone has got worse. */
  @ParameterizedTest
  @CsvSource({"50, 0.5, SAME", "100, 0.25, WORSE", "25, 0.7, BETTER"})
  void whatWasMeasuredBesideALimitIsComparedAsAShareOfIt(
      double now, double share, Verdict verdict) {
    Measurement limit =
        THROUGHPUT.subject("limit").workload("clock-read").exact(Metric.OPERATIONS, 9, 1);
    Results run = run(limit, beside(now, share));

    assertThat(Comparison.of(run, run(limit, beside(100, 0.5)), 0.1).rows().get(1))
        .extracting(Row::limit, Row::verdict)
        .containsExactly("clock-read", verdict);
    assertThat(Comparison.of(run, run(THROUGHPUT.measured(Metric.OPERATIONS, now, now, now, 9)), 0)
            .rows()
            .get(0))
        .as("an older run without ratios")
        .extracting(Row::limit, Row::verdict)
        .containsExactly("", Verdict.SAME);
  }

  private static Measurement beside(double value, double share) {
    return THROUGHPUT
        .measured(Metric.OPERATIONS, value, value * 0.99, value * 1.01, 9)
        .withRatios(List.of(
            new Ratio("guava", 3, 1, 9),
            new Ratio("clock-read", share, share * 0.99, share * 1.01)));
  }

  /** What holds the machine apart from the code. */
  @Test
  void thePhysicalLimitsTellHowFarTheMachineMoved() {
    Series limit = THROUGHPUT.subject("limit").algorithm("none");
    Comparison comparison = Comparison.of(
        run(
            limit.workload("ping").exact(Metric.OPERATIONS, 50, 1),
            limit.workload("clock-read").exact(Metric.OPERATIONS, 80, 1),
            limit.workload("no-op-evalsha").exact(Metric.OPERATIONS, 60, 1),
            THROUGHPUT.exact(Metric.OPERATIONS, 1, 1)),
        run(
            limit.workload("ping").exact(Metric.OPERATIONS, 100, 1),
            limit.workload("clock-read").exact(Metric.OPERATIONS, 100, 1),
            limit.workload("no-op-evalsha").exact(Metric.OPERATIONS, 100, 1),
            THROUGHPUT.exact(Metric.OPERATIONS, 1, 1)),
        0.1);

    assertThat(comparison.machine("throughput", Metric.OPERATIONS)).hasValue(0.6);
    assertThat(comparison.machine("latency", Metric.P99)).isEmpty();
  }

  /**
   * A hundred rows that did not change, in many pairs of runs, without a threshold: were each row judged alone at 0.05,
   * nearly every pair would show a change.
   */
  @Test
  void runsThatDoNotDifferSeldomLookAsIfTheyDid() {
    Random random = new Random(7);
    int pairs = 300;
    int wrong = 0;
    for (int pair = 0; pair < pairs; pair++) {
      Comparison comparison = Comparison.of(noisy(random, 100), noisy(random, 100), 0);
      if (comparison.count(Verdict.SAME) < comparison.rows().size()) {
        wrong++;
      }
    }

    // 5 % is promised; 8 % is 2.4 standard deviations above that.
    assertThat(wrong).isBetween(1, (int) (0.08 * pairs));
  }

  @Test
  void aRowThatGotWorseIsFoundAmongManyThatDidNot() {
    Random random = new Random(8);
    int found = 0;
    for (int pair = 0; pair < 100; pair++) {
      Measurement before = noisy(random, "slower", 100);
      Measurement now = noisy(random, "slower", 140);
      Comparison comparison =
          Comparison.of(with(now, noisy(random, 100)), with(before, noisy(random, 100)), 0.1);
      if (comparison.rows().get(0).verdict() == Verdict.WORSE) {
        found++;
      }
    }

    assertThat(found).isGreaterThan(95);
  }

  /** By hand: 0.01·4/1, 0.02·4/2, 0.03·4/3 and 0.5·4/4, each no larger than the next; none exceeds one. */
  @ParameterizedTest
  @CsvSource({
    "0.5 0.02 0.01 0.03, 0.5 0.04 0.04 0.04",
    "0.04, 0.04",
    "'', ''",
    "1 0.9, 1 1",
  })
  void eachIsAdjustedByItsRank(String p, String adjusted) {
    assertThat(Comparison.adjusted(numbers(p))).containsExactly(numbers(adjusted), within(1e-12));
  }

  private static double[] numbers(String text) {
    return text.isEmpty()
        ? new double[0]
        : Stream.of(text.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  private static Results with(Measurement first, Results others) {
    List<Measurement> all = new ArrayList<>(List.of(first));
    all.addAll(others.measurements());
    return run(all.toArray(new Measurement[0]));
  }

  private static Results noisy(Random random, int rows) {
    return run(IntStream.range(0, rows)
        .mapToObj(row -> noisy(random, "row-" + row, 100))
        .toArray(Measurement[]::new));
  }

  /** A value that is off by 4 as its standard deviation, and says so. */
  private static Measurement noisy(Random random, String workload, double truth) {
    double value = truth + 4 * random.nextGaussian();
    return LATENCY
        .workload(workload)
        .measured(Metric.P99, value, value - 1.96 * 4, value + 1.96 * 4, 9);
  }

  private static Verdict verdict(Series series, String metric, double before, double now) {
    return Comparison.of(
            run(series.foreign(metric, "1", now, now, now, 1)),
            run(series.foreign(metric, "1", before, before, before, 1)),
            0.1)
        .rows()
        .get(0)
        .verdict();
  }

  private static Results run(Measurement... measurements) {
    return new Results(Map.of(), List.of(), Map.of(), List.of(measurements));
  }
}
