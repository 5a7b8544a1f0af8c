package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;

/**
 * One counter per window; windows begin at multiples of their length since the epoch. Admits iff {@code used + c ≤ N}.
 * E(τ) = N·(1 + ceil((τ-1)/W)): N in one instant, 2N in two.
 */
public final class FixedWindow extends TwoNumbers<FixedWindow.Window> {
  /**
   * A window's count.
   *
   * @param index the window's number since the epoch
   * @param used the cost admitted in it
   */
  public record Window(long index, long used) {}

  public FixedWindow(Limit limit) {
    super(limit);
  }

  @Override
  public boolean decide(Evaluation evaluation, long now, long cost) {
    long index = now / window;
    boolean begun = evaluation.known && evaluation.first >= index;
    long current = begun ? evaluation.first : index;
    long used = begun ? evaluation.second : 0;
    long start = current * window;
    long end = start + window;
    boolean clockBehind = current > index;
    boolean fits = used + cost <= permits;
    if (fits && !clockBehind) {
      return evaluation.allow(index, used + cost, permits - used - cost, end - now);
    }
    return evaluation.deny(clockBehind ? 0 : permits - used, (fits ? start : end) - now, end - now);
  }

  @Override
  public long resetAt(long index, long used) {
    return (index + 1) * window;
  }

  @Override
  long first(Window state) {
    return state.index;
  }

  @Override
  long second(Window state) {
    return state.used;
  }

  @Override
  Window state(long first, long second) {
    return new Window(first, second);
  }
}
