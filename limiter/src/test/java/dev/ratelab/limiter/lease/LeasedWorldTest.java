package dev.ratelab.limiter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.KeyHash;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LeasedWorldTest {
  private static final int WORLDS = 200;
  private static final int NIGHTLY_WORLDS = 30_000;

  static LeasedWorld.Instance sound(
      RateLimiter backend, TimeSource time, int mostCounters, KeyHash names) {
    LeasedRateLimiter limiter =
        LeasedRateLimiter.of(backend, RequestDecision::undecided, time, mostCounters, names);
    return new LeasedWorld.Instance(limiter, limiter::borrowed, limiter::lapsed);
  }

  @Test
  void everyPromiseIsKept() {
    for (long seed = 0; seed < WORLDS; seed++) {
      requireKept(seed);
    }
  }

  @Tag("nightly")
  @Test
  void everyPromiseIsKeptInWorldsOfTheNight() {
    new Random().longs(NIGHTLY_WORLDS).forEach(LeasedWorldTest::requireKept);
  }

  private static void requireKept(long seed) {
    assertThat(LeasedWorld.play(seed, LeasedWorldTest::sound).broken)
        .as("seed %s", seed)
        .isEmpty();
  }

  /** Otherwise a seed that broke a promise might not break it again. */
  @Test
  void aSeedIsAlwaysTheSameWorld() {
    for (long seed = 0; seed < 30; seed++) {
      assertThat(LeasedWorld.play(seed, LeasedWorldTest::sound).counts())
          .as("seed %s", seed)
          .isEqualTo(LeasedWorld.play(seed, LeasedWorldTest::sound).counts());
    }
  }
}
