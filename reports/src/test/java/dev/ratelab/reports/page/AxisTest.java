package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.page.Chart.Axis;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  @ParameterizedTest
  @CsvSource({
    "1 100, linear",
    "1 100.1, log",
    "100.1 7 1, log",
    "0.5 3, linear",
    "0 1 100, linear",
    "0 1 101, log",
    "-1 1000, linear",
    "0, linear",
    "'', linear"
  })
  void logarithmicIfTheValuesSpanMoreThanTwoDecades(String values, String scale) {
    DoubleStream numbers = Stream.of(values.split(" ", -1))
        .filter(text -> !text.isEmpty())
        .mapToDouble(Double::parseDouble);

    assertThat(Axis.of("name", "1", numbers).scale()).isEqualTo(scale);
  }
}
