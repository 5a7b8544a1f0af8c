package dev.ratelab.reports.baseline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.baseline.Comparison.Row;
import dev.ratelab.reports.baseline.Comparison.Verdict;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonTest {
  private static final Series LATENCY = Series.of("latency").algorithm("gcra").backend("memory");
  private static final Series THROUGHPUT =
      Series.of("throughput").algorithm("gcra").threads(2);

  /** The table that people read is the table that judges. */
  @Test
  void theDirectionsAreThoseOfTheFormat() throws IOException {
    Map<String, Better> documented = new LinkedHashMap<>();
    String experiment = "";
    for (String line : Files.readAllLines(Path.of("../docs/results-format.md"))) {
      if (line.startsWith("### ")) {
        experiment = line.substring(4).strip();
      }
      Matcher row = Pattern.compile("\\| (`.*`) \\| `[^`]*` \\|.*\\| (higher|lower|–) \\|")
          .matcher(line);
      if (row.matches()) {
        for (String metric : row.group(1).split(" ", -1)) {
          documented.put(
              experiment + "/" + metric.replace("`", ""),
              switch (row.group(2)) {
                case "higher" -> Better.HIGHER;
                case "lower" -> Better.LOWER;
                default -> Better.NEITHER;
              });
        }
      }
    }

    assertThat(documented).hasSize(30).containsValues(Better.values());
    documented.forEach((name, better) -> {
      String[] parts = name.split("/", -1);
      assertThat(Better.of(parts[0], parts[1])).as(name).isEqualTo(better);
    });
    assertThat(Better.of("burst", "p99")).isEqualTo(Better.NEITHER);
  }

  @ParameterizedTest
  @CsvSource({
    // Intervals apart and far enough.
    "100, 95, 105, 120, 110, 130, WORSE",
    "120, 110, 130, 100, 95, 105, BETTER",
    // They meet, if only in one value.
    "100, 95, 110, 120, 110, 130, SAME",
    "120, 110, 130, 100, 95, 110, SAME",
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
        run(LATENCY.measured("p99", "us", now, nowLow, nowHigh, 9)),
        run(LATENCY.measured("p99", "us", before, low, high, 9)),
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
    Measurement a = LATENCY.raw("raw/a.csv").exact("p99", "us", 8, 1);
    Measurement b = LATENCY.raw("raw/b.csv").exact("p99", "us", 2, 7);
    Measurement gone = LATENCY.exact("p90", "us", 1, 1);
    Measurement fresh = LATENCY.threads(2).exact("p99", "us", 1, 1);

    Comparison comparison = Comparison.of(run(fresh, b), run(a, gone), 0.1);

    assertThat(comparison.rows()).containsExactly(new Row(a, b, Verdict.BETTER));
    assertThat(comparison.rows().get(0).ratio()).isEqualTo(0.25);
    assertThat(comparison.onlyInBaseline()).containsExactly(gone);
    assertThat(comparison.onlyInRun()).containsExactly(fresh);
  }

  @Test
  void theRatioOfNothingToNothingIsOne() {
    assertThat(row(0, 0).ratio()).isEqualTo(1);
    assertThat(row(0, 2).ratio()).isInfinite();
    assertThat(row(2, 0).ratio()).isZero();
  }

  private static Row row(double before, double now) {
    return Comparison.of(
            run(LATENCY.exact("p99", "us", now, 1)),
            run(LATENCY.exact("p99", "us", before, 1)),
            0.1)
        .rows()
        .get(0);
  }

  private static Verdict verdict(Series series, String metric, double before, double now) {
    return Comparison.of(
            run(series.exact(metric, "1", now, 1)), run(series.exact(metric, "1", before, 1)), 0.1)
        .rows()
        .get(0)
        .verdict();
  }

  private static Results run(Measurement... measurements) {
    return new Results(1, Map.of(), Map.of(), List.of(measurements));
  }
}
