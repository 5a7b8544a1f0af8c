package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

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

  /** All at once: a run mostly waits. */
  @Test
  void findsNothingAtARightLimiterAndTellsItsAlgorithm() {
    Map<Algorithm, CompletableFuture<Trial>> trials = new EnumMap<>(Algorithm.class);
    for (Algorithm algorithm : Algorithm.values()) {
      trials.put(algorithm, CompletableFuture.supplyAsync(() -> trial(algorithm), OwnThread.EACH));
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

  @Test
  void whatFailsLateIsToldBesideWhatWasSeen() {
    TestedLimiter alone = new OracleLimiter(Algorithm.GCRA, LIMIT) {
      @Override
      public Set<Ability> abilities() {
        return EnumSet.allOf(Ability.class);
      }

      @Override
      public Optional<TestedLimiter> another(Duration ahead) {
        throw new NoAnswerException("no second one starts", null);
      }

      @Override
      public OptionalLong held() {
        throw new IllegalStateException("nobody counts");
      }
    };

    Trial trial = trial(alone);

    assertThat(trial.untried())
        .extracting(Untried::toString)
        .containsExactly(
            "a race of two instances: no second one starts",
            "an instance whose clock is an hour ahead: no second one starts",
            "an instance whose clock is an hour behind: no second one starts",
            "state after idling: java.lang.IllegalStateException: nobody counts");
    assertThat(trial.keys()).extracting(KeyHistory::attack).contains(Attack.RACE);
    assertThat(Judgement.of(new Promise(Algorithm.GCRA, LIMIT, 1), trial)).isEmpty();
  }

  private static Trial trial(Algorithm algorithm) {
    return trial(new OracleLimiter(algorithm, LIMIT));
  }

  private static Trial trial(TestedLimiter asked) {
    try (TestedLimiter limiter = asked) {
      return new Conformance(limiter, LIMIT, 1, 2, null).run(step -> {});
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
