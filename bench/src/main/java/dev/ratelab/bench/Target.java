package dev.ratelab.bench;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subject that is ready to be called. Thread-safe.
 *
 * @param call asks once, with cost 1, for the key given, and waits for the answer
 * @param callAsync the same without waiting
 */
public record Target(
    Function<String, Object> call, Function<String, CompletionStage<?>> callAsync) {

  /**
   * The deadline of a call. Far longer than any healthy answer takes, so that a slow machine makes slow results and not
   * failures.
   */
  public static final Duration DEADLINE = Duration.ofSeconds(5);

  /** Whether an answer, or the lack of one, means that the backend did not decide. */
  public static boolean failed(@Nullable Object answer, @Nullable Throwable failure) {
    return failure != null || (answer instanceof Decision decision && decision.decidedBy() != null);
  }

  /** Gets a subject of this process ready. */
  public static Target inMemory(Subject subject, Limit limit) {
    if (subject.name().equals(Subject.CLOCK_READ)) {
      TimeSource clock = TimeSource.monotonic();
      return new Target(
          key -> clock.micros(), key -> CompletableFuture.completedFuture(clock.micros()));
    }
    return of(MemoryRateLimiter.of(policy(subject, limit)));
  }

  private static Policy policy(Subject subject, Limit limit) {
    return Policy.of(subject.name(), Algorithm.of(subject.name()), limit).withDeadline(DEADLINE);
  }

  private static Target of(RateLimiter limiter) {
    return new Target(key -> limiter.check(key, 1), key -> limiter.checkAsync(key, 1));
  }
}
