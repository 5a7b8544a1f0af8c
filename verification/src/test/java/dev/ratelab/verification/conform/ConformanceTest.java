package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConformanceTest {
  private static final Limit LIMIT = Limit.of(8, Duration.ofMillis(400));

  /** Whom a right limiter of each algorithm is taken for: the three buckets decide alike. */
  private static final Map<Algorithm, Algorithm> TAKEN_FOR = new EnumMap<>(Algorithm.class);

  static {
    for (Algorithm algorithm : Algorithm.values()) {
      TAKEN_FOR.put(algorithm, algorithm);
    }
    TAKEN_FOR.put(Algorithm.GCRA, Algorithm.TOKEN_BUCKET);
    TAKEN_FOR.put(Algorithm.LEAKY_BUCKET, Algorithm.TOKEN_BUCKET);
  }

  @ParameterizedTest
  @EnumSource
  void findsNothingAtARightLimiterAndTellsItsAlgorithm(Algorithm algorithm)
      throws InterruptedException {
    try (OracleLimiter limiter = new OracleLimiter(algorithm, LIMIT)) {
      Trial trial = new Conformance(limiter, LIMIT, 1, 2, null).run(step -> {});
      assertThat(Judgement.of(new Promise(algorithm, LIMIT, 1), trial)).isEmpty();
      assertThat(Behaviour.of(trial, LIMIT, 1)).contains(TAKEN_FOR.get(algorithm));
      assertThat(trial.requests()).isGreaterThan(2_000);
    }
  }
}
