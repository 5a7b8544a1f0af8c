package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.load.OpenLoop.Outcome;
import dev.ratelab.bench.load.Slo.Verdict;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SloTest {
  private static final Slo P99 = new Slo(99, Duration.ofMillis(5));

  /** Of 1,000 requests ten may miss, and five may be the generator's. */
  @ParameterizedTest
  @CsvSource({
    "10, 0, 0, HOLDS",
    "11, 0, 0, MISSES",
    "0, 10, 0, HOLDS",
    "0, 11, 0, MISSES",
    "6, 5, 0, MISSES",
    "0, 0, 5, HOLDS",
    "0, 0, 6, GENERATOR_LATE",
    "500, 0, 6, GENERATOR_LATE",
  })
  void aTrialIsJudgedByWhatMissedAndByWhoWasLate(int slow, int errors, int late, Verdict verdict) {
    long[] latencies = new long[1_000];
    Arrays.fill(latencies, 5_000_000);
    Arrays.fill(latencies, 0, slow, 5_000_001);
    Answer[] answers = new Answer[1_000];
    Arrays.fill(answers, Answer.PROPER);
    // Errors are fast: they must not help.
    Arrays.fill(latencies, 1_000 - errors, 1_000, 1);
    Arrays.fill(answers, 1_000 - errors, 1_000, Answer.ERROR);
    long[] lags = new long[1_000];
    Arrays.fill(lags, 0, late, 1_000_001);

    assertThat(P99.verdict(new Outcome(0, latencies, lags, answers, 1))).isEqualTo(verdict);
  }

  @Test
  void aTightObjectiveNeedsAPunctualGenerator() {
    assertThat(new Slo(99, Duration.ofMillis(1)).lateNanos()).isEqualTo(200_000);
    assertThat(P99.lateNanos()).isEqualTo(1_000_000);
    assertThat(new Slo(99, Duration.ofSeconds(1)).lateNanos()).isEqualTo(1_000_000);
  }

  @Test
  void isWrittenAsItIsRead() {
    assertThat(P99).hasToString("p99=5ms");
    assertThat(new Slo(99.9, Duration.ofNanos(500_000))).hasToString("p99.9=500us");
  }
}
