package dev.ratelab.limiter.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class JointRateLimiterTest {
  private static final Policy POLICY =
      Policy.of("own", Algorithm.FIXED_WINDOW, Limit.of(3, Duration.ofDays(1)));

  /** What the request brings along is another's. */
  @Test
  void aLimiterOfOnePolicyChargesKeyAndCostOnItsOwn() {
    JointRateLimiter limiter = JointRateLimiter.of(
        MemoryRateLimiter.of(POLICY, new ManualTime(1_800_000_000_000_000L), 1_000));
    ScopedPolicy other = ScopedPolicy.perKey(
        Policy.of("other", Algorithm.FIXED_WINDOW, Limit.of(100, Duration.ofDays(1))));
    JointRequest request = new JointRequest("acme", "a", 2, List.of(other));

    JointDecision first = limiter.check(request);
    JointDecision second = limiter.checkAsync(request).toCompletableFuture().join();

    assertThat(first.allowed()).isTrue();
    assertThat(first.decision().remaining()).isEqualTo(1);
    assertThat(second.deniedBy()).isEqualTo("own");
    assertThat(limiter.check(new JointRequest(null, "b", 3, List.of(other))).allowed())
        .isTrue();
  }
}
