package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.memory.MemoryPolicyLimiter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
  private static final Policy POLICY =
      Policy.of("own", Algorithm.FIXED_WINDOW, Limit.of(3, Duration.ofDays(1)));

  /** What the request brings along is another's. */
  @Test
  void aLimiterOfOnePolicyChargesKeyAndCostOnItsOwn() {
    RateLimiter limiter = RateLimiter.of(
        MemoryPolicyLimiter.of(POLICY, new ManualTime(1_800_000_000_000_000L), 1_000));
    ScopedPolicy other = ScopedPolicy.perKey(
        Policy.of("other", Algorithm.FIXED_WINDOW, Limit.of(100, Duration.ofDays(1))));
    Request request = new Request("acme", "a", 2, List.of(other));

    RequestDecision first = limiter.check(request);
    RequestDecision second = limiter.checkAsync(request).toCompletableFuture().join();

    assertThat(first.allowed()).isTrue();
    assertThat(first.decision().remaining()).isEqualTo(1);
    assertThat(second.deniedBy()).isEqualTo("own");
    assertThat(limiter.check(new Request(null, "b", 3, List.of(other))).allowed())
        .isTrue();
  }
}
