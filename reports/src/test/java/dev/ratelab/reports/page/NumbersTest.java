package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
  private static final Series SERIES = Series.of("any");

  @ParameterizedTest
  @CsvSource({
    "1/s, 0, 0 /s",
    "1/s, 9.876, 9.88 /s",
    "1/s, 999.4, 999 /s",
    "1/s, 999.6, 1 k/s",
    "1/s, 61049, 61 k/s",
    "1/s, 999600, 1 M/s",
    "1/s, 9281234, 9.28 M/s",
    "us, 0, 0 µs",
    "us, 0.0213, 21.3 ns",
    "us, 0.9996, 1 µs",
    "us, 999.4, 999 µs",
    "us, 999.6, 1 ms",
    "us, 1234567, 1.23 s",
    "B, 136, 136 B",
    "B, 1744, 1740 B",
    "B, 12345, 12.3 kB",
    "B, 2000000, 2 MB",
    "permits, 199, 199",
    "requests, 20000, 20 000",
    "requests, 0.5, 0.5",
    "1, 0.72, 0.72",
    "1, 1.0049, 1",
    "1, 0.00001234, 0.0000123",
    "1, 0.00000001234, 1.23e-8",
    "W, 3, 3 W",
  })
  void threeDigitsAndTheUnitThatSuits(String unit, double value, String printed) {
    String text = Numbers.value(SERIES.foreign("x", unit, value, value, value, 1));

    assertThat(text.replaceAll("[\\u00a0\\u2009\\u202f]", " ")).isEqualTo(printed);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 %",
    "0.00001, < 0.01 %",
    "0.0004, 0.04 %",
    "0.012345, 1.23 %",
    "0.5, 50 %",
    "1, 100 %"
  })
  void sharesArePercent(double value, String printed) {
    assertThat(Numbers.value(Series.of("accuracy").exact(Metric.DIFFER, value, 1)))
        .isEqualTo(printed);
  }

  @Test
  void anExactNumberHasNoInterval() {
    assertThat(Numbers.interval(SERIES.foreign("x", "us", 2, 2, 2, 1))).isEmpty();
    assertThat(Numbers.interval(SERIES.foreign("x", "us", 2, 1.5, 3000, 1)))
        .isEqualTo("[1.5 µs … 3 ms]");
  }

  @ParameterizedTest
  @CsvSource({"100, 100", "-0.0, 0", "4998.72341, 4998.72", "9000000.7, 9000000", "1e300, 1e+300"})
  void plainNumbersKeepSixDigits(double value, String printed) {
    assertThat(Double.parseDouble(Numbers.plain(value))).isEqualTo(Double.parseDouble(printed));
  }

  @Test
  void oneIsSingular() {
    assertThat(Numbers.counted(1, "key")).isEqualTo("1 key");
    assertThat(Numbers.counted(0, "key")).isEqualTo("0 keys");
    assertThat(Numbers.counted(2, "key")).isEqualTo("2 keys");
  }
}
