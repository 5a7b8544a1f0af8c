package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.FailureCause;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether Redis decides, by a decision of the server's own. All who ask within {@link #PERIOD}, or while one is under way, share
 * its outcome; but one that was made tells nothing any more once a call has failed.
 */
final class RedisProbe {
  static final Duration PERIOD = Duration.ofMillis(250);

  private final RedisState state;
  private final Supplier<? extends CompletionStage<?>> decision;
  private final LongSupplier nanoTime;
  private @Nullable CompletableFuture<?> last;
  private long begun;
  private long failures;

  RedisProbe(
      RedisState state, Supplier<? extends CompletionStage<?>> decision, LongSupplier nanoTime) {
    this.state = state;
    this.decision = decision;
    this.nanoTime = nanoTime;
  }

  /** Completes exceptionally if Redis does not decide. */
  synchronized CompletionStage<?> ask() {
    long now = nanoTime.getAsLong();
    if (last != null && (!last.isDone() || (now - begun < PERIOD.toNanos() && stillHolds(last)))) {
      return last;
    }
    begun = now;
    failures = state.failures();
    CompletionStage<?> asked;
    try {
      asked = decision.get();
    } catch (RuntimeException e) {
      asked = CompletableFuture.failedFuture(e);
    }
    last = asked.whenComplete((made, failure) -> tell(failure)).toCompletableFuture();
    return last;
  }

  private boolean stillHolds(CompletableFuture<?> made) {
    return made.isCompletedExceptionally() || state.failures() == failures;
  }

  /** Asks if the last that is known is no good: nobody else may, where no checks come. */
  void askInDoubt() {
    if (state.inDoubt()) {
      var unused = ask();
    }
  }

  private void tell(@Nullable Throwable failure) {
    if (failure == null) {
      state.decided();
    } else {
      state.undecided(FailureCause.of(failure));
    }
  }
}
