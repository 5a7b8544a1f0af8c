package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RedisProbeTest {
  private final AtomicInteger asked = new AtomicInteger();
  private final RedisState state = new RedisState("lettuce", () -> 0);
  private boolean away;
  private long now;
  private final RedisProbe probe = new RedisProbe(state, this::decision, () -> now);

  private CompletionStage<?> decision() {
    asked.incrementAndGet();
    return away
        ? CompletableFuture.failedFuture(new IllegalStateException("planted by the test"))
        : CompletableFuture.completedFuture("made");
  }

  private boolean decides() {
    return !probe.ask().toCompletableFuture().isCompletedExceptionally();
  }

  @Test
  void whoAsksSoonSharesTheOutcome() {
    assertThat(decides()).isTrue();
    assertThat(decides()).isTrue();
    assertThat(asked).hasValue(1);

    now += RedisProbe.PERIOD.toNanos();
    assertThat(decides()).isTrue();
    assertThat(asked).hasValue(2);
  }

  @Test
  void aDecisionTellsNothingOnceACallHasFailed() {
    assertThat(decides()).isTrue();
    away = true;
    state.broken(new IllegalStateException("planted by the test"));

    assertThat(decides()).as("asked after the failure").isFalse();
    assertThat(decides()).isFalse();
    assertThat(asked).as("a failure is shared whatever else fails").hasValue(2);
  }
}
