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

    WarmUp.answerChecks(ScriptedLimiter.POLICIES, counting, Duration.ofMinutes(5));

    assertThat(decided.get()).isGreaterThanOrEqualTo(50);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("ratelab-accept"));
  }

  /** Who decides may be away when the server starts. */
  @Test
  void itDoesNotWaitForEver() {
    AtomicInteger asked = new AtomicInteger();
    RateLimiter silent = ScriptedLimiter.deciding((key, cost) -> {
      asked.incrementAndGet();
      return new CompletableFuture<>();
    });

    // Where the server is slow to start, the time may be over before it is asked.
    for (Duration longest = Duration.ofMillis(50);
        asked.get() == 0;
        longest = longest.multipliedBy(2)) {
      WarmUp.answerChecks(ScriptedLimiter.POLICIES, silent, longest);
    }

    // No more than the first, since none is answered.
    assertThat(asked.get()).isBetween(1, 50);
  }
}
