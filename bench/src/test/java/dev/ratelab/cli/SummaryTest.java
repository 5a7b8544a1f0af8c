package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the terminal says of a run comes from one workload. */
class SummaryTest {
  private static Measurement rate(String workload, double value, double ofClock) {
    return new Measurement(
        "throughput",
        "gcra",
        "memory",
        "none",
        "ratelab",
        workload,
        2,
        "operations",
        "1/s",
        value,
        value,
        value,
        1,
        null,
        List.of(new Ratio("clock-read", ofClock, ofClock, ofClock)));
  }

  @Test
  void aRateAndItsRatioAreOfOneWorkload() {
    StringWriter text = new StringWriter();
    Results results = new Results(
        Map.of(),
        List.of(),
        Map.of(),
        List.of(
            rate("one-hot-key", 20e6, 0.2),
            rate("one-hot-key-hashed-key", 57e6, 0.6),
            rate("one-hot-key-4-policies", 3e6, 0.03)));

    Summary.print(new PrintWriter(text, true), results);

    assertThat(text.toString()).contains("0.20", "20,000,000").doesNotContain("57,000,000", "0.03");
  }
}
