package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "1us, 1us", "1500us, 1500us", "1ms, 1ms", "1000ms, 1s", "1500ms, 1500ms", "90s, 90s",
    "60S, 1m", "120m, 2h", "36h, 36h", "24h, 1d", "31d, 31d", "PT1.5S, 1500ms"
  })
  void writesWhatItReadsInTheLargestUnit(String text, String written) {
    assertThat(DurationText.of(DurationText.parse(text))).isEqualTo(written);
    assertThat(DurationText.parse(written)).isEqualTo(DurationText.parse(text));
  }

  /** What a message may have to say of what was refused. */
  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT-2S, -2s",
    "PT0.0000015S, 1500ns",
    "PT-0.000000001S, -1ns",
    "PT2562047788015215H, 9223372036854774000s"
  })
  void writesWhatNobodyReads(Duration duration, String written) {
    assertThat(DurationText.of(duration)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s", "1", "1.5s", "-1s", "1 s", "1w", "999999999999999999d"})
  void saysWhatItAccepts(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DurationText.parse(text))
        .withMessageContaining("accepted: a whole number with us, ms, s, m, h or d, such as 10s");
  }
}
