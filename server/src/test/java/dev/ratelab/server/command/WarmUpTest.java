package dev.ratelab.server.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.ScriptedLimiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  @Test
  void itHasManyChecksDecidedAndLeavesNothingOpen() {
    AtomicInteger decided = new AtomicInteger();
    RateLimiter counting = ScriptedLimiter.deciding((key, cost) -> {
      assertThat(key).isEqualTo("own");
      decided.incrementAndGet();
      return CompletableFuture.completedFuture(Decision.allow(10, 9, 0));
    });

    WarmUp.run(ScriptedLimiter.POLICIES, counting, Duration.ofMinutes(5));

    assertThat(decided.get()).isGreaterThanOrEqualTo(50);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("ratelab-accept"));
  }

  /** Who decides may be away when the server starts. */
  @Test
  void itDoesNotWaitForEver() {
    WarmUp.run(
        ScriptedLimiter.POLICIES,
        ScriptedLimiter.deciding((key, cost) -> new CompletableFuture<>()),
        Duration.ofMillis(50));
  }
}
