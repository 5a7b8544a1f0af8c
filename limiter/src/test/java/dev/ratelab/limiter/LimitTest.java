package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LimitTest {
  private static final String DAY = "86400000000";

  /** Each line is just inside the domain at one of its edges. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "1000000000, 1, 1000000000",
    "1, 1, 1000000000",
    "1000000000, 2305843009, 1", // 2^61 / 10^9 = 2305843009.2
    "860903, 2678400000000, 1", // 2^61 / 31 days = 860903.2
    "860903, 2678400000000, 860903",
    "1, " + DAY + ", 366",
    "3, 500000000, 189734", // 366 days · 3 / 500 s = 189734.4
  })
  void acceptsTheWholeDomain(long permits, long windowMicros, long burst) {
    Limit limit = new Limit(permits, windowMicros, burst);

    assertThat(limit.permits()).isEqualTo(permits);
    assertThat(limit.windowMicros()).isEqualTo(windowMicros);
    assertThat(limit.burst()).isEqualTo(burst);
  }

  @Test
  void hasFromOneToAHundredBucketsAndTenUnlessSet() {
    Limit limit = new Limit(3, 10, 5);
    assertThat(limit.buckets()).isEqualTo(10);
    assertThat(limit.withBuckets(4).withBurst(2)).isEqualTo(new Limit(3, 10, 2, 4));
    assertThat(limit.withBuckets(1)).isNotEqualTo(limit);
    assertThat(limit.withBuckets(100).buckets()).isEqualTo(100);
    for (int refused : new int[] {0, -1, 101, Integer.MAX_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> limit.withBuckets(refused))
          .withMessage("buckets is %s; accepted: 1 to 100", refused);
    }
  }

  /** Each line is one step beyond an edge of the domain. */
  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, permits is 0; accepted: 1 to 1000000000",
    "-1, 1, 1, permits is -1; accepted: 1 to 1000000000",
    "1000000001, 1, 1, permits is 1000000001; accepted: 1 to 1000000000",
    "1, 0, 1, window is 0; accepted: 1 to 2678400000000 microseconds (31 days)",
    "1, 2678400000001, 1,"
        + " window is 2678400000001; accepted: 1 to 2678400000000 microseconds (31 days)",
    "1, 1, 0, burst is 0; accepted: 1 to 1000000000",
    "1, 1, 1000000001, burst is 1000000001; accepted: 1 to 1000000000",
    "1000000000, 2305843010, 1, 'permits is 1000000000 over a window of 2305843010us;"
        + " their product in microseconds must not pass 2^61, so accepted: at most 999999999'",
    "1, 2678400000000, 860904, 'burst is 860904 over a window of 31d;"
        + " their product in microseconds must not pass 2^61, so accepted: at most 860903'",
    "1, " + DAY + ", 367, a burst of 367 takes more than 366 days to refill"
        + " at 1 per 1d; accepted: at most 366 days",
    "9223372036854775807, 9223372036854775807, 9223372036854775807,"
        + " permits is 9223372036854775807; accepted: 1 to 1000000000",
  })
  void refusesWhatLiesOutsideAndSaysWhatIsAccepted(
      long permits, long windowMicros, long burst, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Limit(permits, windowMicros, burst))
        .withMessage(message);
  }

  @Test
  void theBurstsRefillTimeIsNotRoundedDown() {
    // 121 · 784026446281 / 3 is a third of a microsecond more than 366 days.
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Limit(3, 784_026_446_281L, 121))
        .withMessageContaining("accepted: at most 366 days");
    assertThat(new Limit(3, 784_026_446_280L, 121).burst()).isEqualTo(121);
  }

  @Test
  void ofAWindowSetsTheBurstToThePermits() {
    assertThat(Limit.of(10, Duration.ofMillis(1500))).isEqualTo(new Limit(10, 1_500_000, 10));
    assertThat(Limit.of(10, Duration.ofDays(31)).windowMicros()).isEqualTo(Limit.MAX_WINDOW_MICROS);
    assertThat(Limit.of(10, Duration.ofSeconds(2)).window()).isEqualTo(Duration.ofSeconds(2));
    assertThat(Limit.of(10, Duration.ofSeconds(2)).withBurst(3))
        .isEqualTo(new Limit(10, 2_000_000, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 1 microsecond to 31 days",
    "PT0.0000015S, whole microseconds",
    "PT0.000000001S, whole microseconds",
    "PT-1S, 1 microsecond to 31 days",
    "PT744H0.000001S, 1 microsecond to 31 days",
    "PT2562047788015215H, 1 microsecond to 31 days",
    "PT-2562047788015215H, 1 microsecond to 31 days",
  })
  void refusesAWindowThatIsNoWindow(Duration window, String accepted) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Limit.of(1, window))
        .withMessage("window is %s; accepted: %s".formatted(DurationText.of(window), accepted));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 0, -1, 4, Long.MIN_VALUE, Long.MAX_VALUE})
  void acceptsACostUpToTheSmallerOfPermitsAndBurst(long cost) {
    for (Limit limit : List.of(new Limit(3, 10, 5), new Limit(5, 10, 3))) {
      Policy policy = Policy.of("p", Algorithm.GCRA, limit);
      assertThat(limit.maxCost()).isEqualTo(3);
      if (1 <= cost && cost <= 3) {
        assertThat(Request.of(policy, "k", cost).cost()).isEqualTo(cost);
      } else {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Request.of(policy, "k", cost))
            .withMessage("cost is %d; accepted: 1 to 3", cost);
      }
    }
  }
}
