package dev.ratelab.limiter;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * A clock in whole microseconds since the Unix epoch, from 0 to below 2<sup>52</sup> (the year 2112), so that every
 * instant is exact in a Lua number too. Called by many threads.
 */
@FunctionalInterface
public interface TimeSource {
  /** Now, in microseconds since the Unix epoch. */
  long micros();

  /**
   * The machine's monotone clock, set to the epoch once: it never goes back, also when the wall clock is corrected, and
   * windows still begin at multiples of their length since the epoch.
   */
  static TimeSource monotonic() {
    Instant start = Instant.now();
    long origin =
        TimeUnit.SECONDS.toNanos(start.getEpochSecond()) + start.getNano() - System.nanoTime();
    return () -> (origin + System.nanoTime()) / 1_000;
  }
}
