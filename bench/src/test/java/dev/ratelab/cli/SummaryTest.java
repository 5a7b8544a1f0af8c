package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.Series;
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

  /** The rate of a peer whose client is still warming up would flatter ours. */
  @Test
  void onRedisAPeerIsHeldAgainstByRedisTime() {
    Series gcra =
        Series.of("throughput").algorithm("gcra").backend("redis", "lettuce").workload("zipf-0.99");
    StringWriter text = new StringWriter();

    Summary.print(
        new PrintWriter(text, true),
        new Results(
            Map.of(),
            List.of(),
            Map.of(),
            List.of(
                gcra.exact(Metric.SERVER_CPU, 10, 9)
                    .withRatios(List.of(
                        new Ratio("quick", 0.7, 0.6, 0.8), new Ratio("slow", 0.3, 0.2, 0.4))),
                gcra.exact(Metric.OPERATIONS, 60_000, 9)
                    .withRatios(List.of(new Ratio("quick", 2.5, 2.4, 2.6))))));

    assertThat(text.toString())
        .contains("Redis time of best peer", "0.70 ±0.10")
        .doesNotContain("2.50", "0.30");
  }
}
