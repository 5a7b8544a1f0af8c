package dev.ratelab.bench.burst;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;

/** The most that an algorithm can ever let through; derived in {@code docs/algorithms.md}. */
final class Bound {
  /** The longest τ, in windows, for which no product below leaves a {@code long}. */
  static final int MOST_WINDOWS = 3;

  private Bound() {}

  /**
   * The bound on E(τ) in permits: of what is admitted, and for the leaky bucket of what it lets out.
   *
   * @param tau τ in microseconds, 1 to {@value #MOST_WINDOWS} windows
   */
  static long of(Algorithm algorithm, Limit limit, long tau) {
    long permits = limit.permits();
    long window = limit.windowMicros();
    return switch (algorithm) {
      case FIXED_WINDOW -> permits * (1 + ceilDiv(tau - 1, window));
      case SLIDING_WINDOW_LOG -> permits * ceilDiv(tau, window);
      case SLIDING_WINDOW_COUNTER -> tau == 1 ? permits : permits + permits * (tau - 2) / window;
      case TOKEN_BUCKET, GCRA -> limit.burst() + permits * (tau - 1) / window;
      // Where the emission interval is no whole number, an output waits for the next microsecond.
      case LEAKY_BUCKET -> ceilDiv(permits * tau, window);
    };
  }

  private static long ceilDiv(long dividend, long divisor) {
    return -Math.floorDiv(-dividend, divisor);
  }
}
