package dev.failsafe.internal;

import dev.failsafe.RateLimiter;
import dev.failsafe.RateLimiterBuilder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.NullMarked;

/** Failsafe's limiter on a clock of the caller's. It is in this package because the stopwatch that Failsafe's own tests use is. */
@NullMarked
public final class ClockedFailsafe {
  private ClockedFailsafe() {}

  /** As the builder's own {@code build}, on a clock that counts microseconds. */
  public static RateLimiter<Object> build(RateLimiterBuilder<Object> builder, LongSupplier micros) {
    long start = micros.getAsLong();
    return new RateLimiterImpl<>(builder.build().getConfig(), new RateLimiterStats.Stopwatch() {
      @Override
      long elapsedNanos() {
        return (micros.getAsLong() - start) * 1_000;
      }
    });
  }
}
