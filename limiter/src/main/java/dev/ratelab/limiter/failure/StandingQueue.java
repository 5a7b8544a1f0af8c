package dev.ratelab.limiter.failure;

import java.util.concurrent.TimeUnit;

/**
 * Tells a queue that stands from one that a burst or a pause has left and that drains by itself.
 *
 * <p>It stands once every wait has been too long for {@link #PATIENCE_MICROS}, and no longer once none has been for that time: while
 * shedding keeps it short, waits that are short tell nothing, so whoever sees that it has drained by itself has to say so, or begin
 * with another. Where one stood a moment ago, a tenth of that time is enough. The two numbers, that the least wait of an interval is what
 * tells, and that a queue which comes back at once is the same one, are from CoDel (RFC 8289); how it ends is not. Not thread-safe.
 */
public final class StandingQueue {
  /** A wait over this is too long, in microseconds. */
  public static final long TARGET_MICROS = TimeUnit.MILLISECONDS.toMicros(5);

  /** How long all waits must have been too long, in microseconds. */
  public static final long PATIENCE_MICROS = TimeUnit.MILLISECONDS.toMicros(100);

  /** How long one that stood is remembered, in microseconds. */
  static final long MEMORY_MICROS = TimeUnit.SECONDS.toMicros(1);

  private static final long NEVER = Long.MIN_VALUE / 2;

  private boolean stands;
  private long since = NEVER;
  private long lastLong = NEVER;
  private long lastStood = NEVER;

  /**
   * A wait has ended.
   *
   * @param tooLong whether it was longer than can be explained without a queue
   * @param now in microseconds
   */
  public void waited(boolean tooLong, long now) {
    if (isOver(now) || (!stands && !tooLong)) {
      stands = false;
      since = now;
    }
    if (tooLong) {
      lastLong = now;
      stands |= now - since >= (stoodLately(now) ? PATIENCE_MICROS / 10 : PATIENCE_MICROS);
    }
    if (stands) {
      lastStood = now;
    }
  }

  /** It has drained by itself. It may be back at once all the same. */
  void gone(long now) {
    stands = false;
    since = now;
  }

  /** Whether one stands or stood a moment ago. */
  boolean stoodLately(long now) {
    return now - lastStood <= MEMORY_MICROS;
  }

  /** Whether it stands at this time, in microseconds. */
  public boolean stands(long now) {
    return stands && !isOver(now);
  }

  private boolean isOver(long now) {
    return now - lastLong > PATIENCE_MICROS;
  }
}
