package dev.ratelab.limiter;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How an instance may borrow from a policy's counter, to decide by itself until what it has borrowed is spent or over.
 *
 * @param permits b, the most that an instance holds unspent of one counter, 1 to {@value Limit#MAX_PERMITS}
 * @param micros L, how long what is borrowed can be spent, in microseconds, 1 to {@value Limit#MAX_WINDOW_MICROS} (31 days)
 */
public record Lease(long permits, long micros) {
  /**
   * Checks the domain.
   *
   * @throws IllegalArgumentException if a value lies outside
   */
  public Lease {
    Limit.requireRange("the lease's number of permits", permits, Limit.MAX_PERMITS, "");
    Limit.requireRange(
        "the lease's time", micros, Limit.MAX_WINDOW_MICROS, " microseconds (31 days)");
  }

  /**
   * A lease of permits for a time.
   *
   * @throws IllegalArgumentException as the constructor, and for a time that is not a whole number of microseconds
   */
  public static Lease of(long permits, Duration time) {
    return new Lease(permits, Limit.micros("the lease's time", time));
  }

  /** {@link #micros()} as a duration. */
  public Duration time() {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  /** As much of this lease as a limit can grant. */
  public Lease within(Limit limit) {
    return new Lease(Math.min(permits, limit.maxCost()), Math.min(micros, limit.windowMicros()));
  }
}
