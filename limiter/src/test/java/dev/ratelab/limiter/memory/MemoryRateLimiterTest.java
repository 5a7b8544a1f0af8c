package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryRateLimiterTest {
  private static final long SECOND = 1_000_000;

  private final ManualTime time = new ManualTime(1_000 * SECOND);

  @ParameterizedTest
  @EnumSource
  void stateOutlivesEveryCheckByItsWholeLife(Algorithm algorithm) {
    Policy policy = Policy.of("p", algorithm, Limit.of(4, Duration.ofSeconds(10)));
    MemoryRateLimiter<?> limiter = MemoryRateLimiter.of(policy, time, 100);

    limiter.check("key", 1);
    time.advance(SECOND - 1);
    long resetAfter = limiter.check("key", 3).resetAfterMicros();
    time.advance(resetAfter - 1);

    assertThat(limiter.keys()).isEqualTo(1);
    assertThat(limiter.check("key", 4).allowed()).isFalse();
    assertThat(limiter.lostLiveKeys()).isZero();
  }
}
