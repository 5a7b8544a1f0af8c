package dev.ratelab.limiter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LeasedWorldTest {
  private static final int WORLDS = 200;
  private static final int NIGHTLY_WORLDS = 30_000;

  static LeasedWorld.Instance sound(RateLimiter backend, TimeSource time, int mostCounters) {
    LeasedRateLimiter limiter =
        LeasedRateLimiter.of(backend, RequestDecision::undecided, time, mostCounters);
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
    assertThat(LeasedWorld.play(seed, LeasedWorldTest::sound))
        .as("seed %s", seed)
        .isEmpty();
  }
}
