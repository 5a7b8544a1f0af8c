package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;

/**
 * Two adjacent windows: the previous count weighs by its overlap with the window that ends now. At elapsed time e of the
 * current window, admits iff {@code previous·(W-e) + (current+c)·W ≤ N·W}. E(1) = N; E(τ) = N + floor(N·(τ-2)/W) for 2 ≤
 * τ ≤ W+1: it removes the instantaneous double burst of the fixed window, not the 2N-1 within one window.
 */
public final class SlidingWindowCounter extends TwoNumbers<SlidingWindowCounter.Windows> {
  /**
   * The counts of two adjacent windows.
   *
   * @param index the current window's number since the epoch
   * @param current the cost admitted in it
   * @param previous the cost admitted in the window before
   */
  public record Windows(long index, long current, long previous) {}

  public SlidingWindowCounter(Limit limit) {
    super(limit);
  }

  @Override
  public boolean decide(Evaluation evaluation, long now, long cost) {
    long index = now / window;
    long current = 0;
    long previous = 0;
    if (evaluation.known && evaluation.first >= index) {
      index = evaluation.first;
      current = current(evaluation.second);
      previous = previous(evaluation.second);
    } else if (evaluation.known && evaluation.first == index - 1) {
      previous = current(evaluation.second);
    }
    long start = index * window;
    long elapsed = now - start;
    if (elapsed < 0) {
      return deny(evaluation, 0, start, current, previous, now, cost);
    }
    long weighted = previous * (window - elapsed);
    long used = current + (weighted == 0 ? 0 : -Math.floorDiv(-weighted, window));
    if (used + cost <= permits) {
      return evaluation.allow(
          index, counts(current + cost, previous), permits - used - cost, 2 * window - elapsed);
    }
    // Over only if the clock went back in the window, to where the weight is larger.
    return deny(evaluation, Math.max(0, permits - used), start, current, previous, now, cost);
  }

  private boolean deny(
      Evaluation evaluation,
      long remaining,
      long start,
      long current,
      long previous,
      long now,
      long cost) {
    long resetAt = start + (current > 0 ? 2 : 1) * window;
    return evaluation.deny(remaining, retryAt(start, current, previous, cost) - now, resetAt - now);
  }

  /** The first instant of this window, or else of the next, at which the weight has fallen far enough. */
  private long retryAt(long start, long current, long previous, long cost) {
    long room = permits - current - cost;
    return room >= 0
        ? start + elapsedUntil(previous, room)
        : start + window + elapsedUntil(current, permits - cost);
  }

  /** The least e ≥ 0 with {@code count·(W-e) ≤ room·W}. */
  private long elapsedUntil(long count, long room) {
    return count <= room ? 0 : window - room * window / count;
  }

  /** Both are below 2<sup>32</sup>. */
  private static long counts(long current, long previous) {
    return current << Integer.SIZE | previous;
  }

  private static long current(long counts) {
    return counts >>> Integer.SIZE;
  }

  private static long previous(long counts) {
    return Integer.toUnsignedLong((int) counts);
  }

  @Override
  public long resetAt(long index, long counts) {
    return (index + (current(counts) > 0 ? 2 : 1)) * window;
  }

  @Override
  long first(Windows state) {
    return state.index;
  }

  @Override
  long second(Windows state) {
    return counts(state.current, state.previous);
  }

  @Override
  Windows state(long first, long second) {
    return new Windows(first, current(second), previous(second));
  }
}
