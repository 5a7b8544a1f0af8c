package com.google.common.util.concurrent;

import java.util.function.LongSupplier;
import org.jspecify.annotations.NullMarked;

/** Guava's limiter on a clock of the caller's. It is in this package because the stopwatch that Guava's own tests use is. */
@NullMarked
@SuppressWarnings("UnstableApiUsage")
public final class ClockedGuava {
  private ClockedGuava() {}

  /** As {@link RateLimiter#create(double)}, on a clock that counts microseconds. */
  public static RateLimiter create(double perSecond, LongSupplier micros) {
    return RateLimiter.create(perSecond, new RateLimiter.SleepingStopwatch() {
      @Override
      protected long readMicros() {
        return micros.getAsLong();
      }

      @Override
      protected void sleepMicrosUninterruptibly(long wait) {
        if (wait > 0) {
          throw new IllegalStateException("asked to sleep for " + wait + " µs");
        }
      }
    });
  }
}
