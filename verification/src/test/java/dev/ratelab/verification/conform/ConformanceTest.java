package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

class ConformanceTest {
  private static final Executor THREADS = task -> new Thread(task).start();
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

  /** All at once: a run mostly waits. */
  @Test
  void findsNothingAtARightLimiterAndTellsItsAlgorithm() {
    Map<Algorithm, CompletableFuture<Trial>> trials = new EnumMap<>(Algorithm.class);
    for (Algorithm algorithm : Algorithm.values()) {
      trials.put(algorithm, CompletableFuture.supplyAsync(() -> trial(algorithm), THREADS));
    }

    trials.forEach((algorithm, running) -> {
      Trial trial = running.join();
      assertThat(Judgement.of(new Promise(algorithm, LIMIT, 1), trial))
          .as(algorithm.id())
          .isEmpty();
      assertThat(Behaviour.of(trial, LIMIT, 1)).contains(TAKEN_FOR.get(algorithm));
      assertThat(trial.requests()).isGreaterThan(2_000);
    });
  }

  private static Trial trial(Algorithm algorithm) {
    try (OracleLimiter limiter = new OracleLimiter(algorithm, LIMIT)) {
      return new Conformance(limiter, LIMIT, 1, 2, null).run(step -> {});
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
