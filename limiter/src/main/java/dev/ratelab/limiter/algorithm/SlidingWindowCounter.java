package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Two adjacent windows: the previous count weighs by its overlap with the window that ends now. At elapsed time e of the
 * current window, admits iff {@code previous·(W-e) + (current+c)·W ≤ N·W}. E(1) = N; E(τ) = N + floor(N·(τ-2)/W) for 2 ≤
 * τ ≤ W+1: it removes the instantaneous double burst of the fixed window, not the 2N-1 within one window.
 */
public final class SlidingWindowCounter implements Transition<SlidingWindowCounter.Windows> {
  private final long permits;
  private final long window;

  /**
   * The counts of two adjacent windows.
   *
   * @param index the current window's number since the epoch
   * @param current the cost admitted in it
   * @param previous the cost admitted in the window before
   */
  public record Windows(long index, long current, long previous) {}

  public SlidingWindowCounter(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
  }

  @Override
  public Step<Windows> apply(@Nullable Windows state, long now, long cost) {
    Windows at = roll(state, now / window);
    long start = at.index * window;
    long elapsed = now - start;
    if (elapsed < 0) {
      return new Step<>(
          state, Decision.deny(permits, 0, retryAt(at, start, cost) - now, resetAt(at) - now));
    }
    long weighted = at.previous * (window - elapsed);
    long used = -Math.floorDiv(-weighted, window) + at.current;
    if (weighted + (at.current + cost) * window <= permits * window) {
      Windows next = new Windows(at.index, at.current + cost, at.previous);
      return new Step<>(next, Decision.allow(permits, permits - used - cost, resetAt(next) - now));
    }
    return new Step<>(
        state,
        Decision.deny(
            permits,
            // Over only if the clock went back in the window, to where the weight is larger.
            Math.max(0, permits - used),
            retryAt(at, start, cost) - now,
            resetAt(at) - now));
  }

  private static Windows roll(@Nullable Windows state, long index) {
    if (state == null || state.index < index - 1) {
      return new Windows(index, 0, 0);
    }
    return state.index == index - 1 ? new Windows(index, 0, state.current) : state;
  }

  /** The first instant of this window, or else of the next, at which the weight has fallen far enough. */
  private long retryAt(Windows at, long start, long cost) {
    long room = permits - at.current - cost;
    return room >= 0
        ? start + elapsedUntil(at.previous, room)
        : start + window + elapsedUntil(at.current, permits - cost);
  }

  /** The least e ≥ 0 with {@code count·(W-e) ≤ room·W}. */
  private long elapsedUntil(long count, long room) {
    return count <= room ? 0 : window - room * window / count;
  }

  @Override
  public long resetAt(Windows state) {
    return (state.index + (state.current > 0 ? 2 : 1)) * window;
  }

  @Override
  public long lifetimeMicros() {
    return 2 * window;
  }
}
