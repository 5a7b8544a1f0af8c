package dev.ratelab.reports.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MeasurementTest {
  private static final Series SERIES =
      Series.of("latency").algorithm("gcra").backend("redis", "jedis").workload("poisson");

  @Test
  void aSeriesHandsItsFieldsOn() {
    Measurement m = SERIES
        .subject("peer")
        .threads(3)
        .raw("raw/a.csv")
        .measured(Metric.P99, 412, 398, 431, 30_000);

    assertThat(m)
        .isEqualTo(new Measurement(
            "latency",
            "gcra",
            "redis",
            "jedis",
            "peer",
            "poisson",
            3,
            "p99",
            "us",
            412,
            398,
            431,
            30_000,
            "raw/a.csv",
            List.of()));
    assertThat(m.series().measured(Metric.P99, 412, 398, 431, 30_000)).isEqualTo(m);
    assertThat(m.exact()).isFalse();
    assertThat(SERIES.exact(Metric.MAX, 5, 1).exact()).isTrue();
  }

  @Test
  void aNewSeriesIsRatelabOnOneThreadAndNothingElse() {
    assertThat(Series.of("burst"))
        .isEqualTo(new Series("burst", "none", "none", "none", "ratelab", "none", 1, null));
    assertThat(SERIES.backend("memory").client()).isEqualTo("none");
  }

  @Test
  void theIdentityLeavesOutTheNumbersAndTheFile() {
    Measurement.Identity identity =
        SERIES.raw("raw/a.csv").measured(Metric.P99, 2, 1, 3, 10).identity();

    assertThat(SERIES.raw("raw/b.csv").exact(Metric.P99, 9, 99).identity()).isEqualTo(identity);
    assertThat(SERIES.exact(Metric.P90, 2, 1).identity()).isNotEqualTo(identity);
    assertThat(SERIES.foreign("p99", "1/s", 2, 2, 2, 1).identity()).isNotEqualTo(identity);
    assertThat(SERIES.threads(2).exact(Metric.P99, 2, 1).identity()).isNotEqualTo(identity);
    assertThat(identity)
        .hasToString("latency, gcra, redis, jedis, ratelab, poisson, threads 1, p99 in us");
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, 0, 1, value must be a finite number",
    "1, -Infinity, 1, low must be a finite number",
    "1, 1, Infinity, high must be a finite number",
    "1, 1.1, 2, low ≤ value ≤ high must hold",
    "1, 0, 0.9, low ≤ value ≤ high must hold",
  })
  void refusesNumbersThatMeanNothing(double value, double low, double high, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SERIES.measured(Metric.P99, value, low, high, 1))
        .withMessageStartingWith(message);
  }

  @Test
  void refusesCountsBelowOne() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SERIES.exact(Metric.P99, 1, 0))
        .withMessage("samples must be at least 1, but is 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SERIES.threads(0).exact(Metric.P99, 1, 1))
        .withMessage("threads must be at least 1, but is 0");
  }

  @Test
  void refusesBlankNames() {
    String message = "%s must not be blank; use \"none\" where it does not apply";
    assertRefused(Series.of(" "), message.formatted("experiment"));
    assertRefused(SERIES.algorithm(""), message.formatted("algorithm"));
    assertRefused(SERIES.backend("", "jedis"), message.formatted("backend"));
    assertRefused(SERIES.backend("redis", "\t"), message.formatted("client"));
    assertRefused(SERIES.subject(""), message.formatted("subject"));
    assertRefused(SERIES.workload(""), message.formatted("workload"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SERIES.foreign("", "us", 1, 1, 1, 1))
        .withMessage(message.formatted("metric"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SERIES.foreign("p99", "", 1, 1, 1, 1))
        .withMessage(message.formatted("unit"));
  }

  /** A page links to this path. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "raw/",
        "burst.csv",
        "raw/../results.json",
        "raw/a/b.csv",
        "raw/.hidden",
        "/raw/a.csv",
        "raw/a b.csv",
        "raw/a\n.csv",
        "raw/a.csv\n",
        "javascript:alert(1)",
        "raw/a\".csv",
        "raw\\a.csv"
      })
  void refusesARawPathThatLeadsElsewhere(String raw) {
    assertRefused(
        SERIES.raw(raw),
        "raw must be a file name under raw/ made of letters, digits and . _ + -, but is \"" + raw
            + "\"");
  }

  private static void assertRefused(Series series, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> series.foreign("p99", "us", 1, 1, 1, 1))
        .withMessage(message);
  }
}
