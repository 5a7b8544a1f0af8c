package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * One counter per window; windows begin at multiples of their length since the epoch. Admits iff {@code used + c ≤ N}.
 * E(τ) = N·(1 + ceil((τ-1)/W)): N in one instant, 2N in two.
 */
public final class FixedWindow implements Transition<FixedWindow.Window> {
  private final long permits;
  private final long window;

  /**
   * A window's count.
   *
   * @param index the window's number since the epoch
   * @param used the cost admitted in it
   */
  public record Window(long index, long used) {}

  public FixedWindow(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
  }

  @Override
  public Step<Window> apply(@Nullable Window state, long now, long cost) {
    long index = now / window;
    Window current = state == null || state.index < index ? new Window(index, 0) : state;
    boolean clockBehind = current.index > index;
    long used = current.used;
    long start = current.index * window;
    long end = start + window;
    boolean fits = used + cost <= permits;
    if (fits && !clockBehind) {
      used += cost;
      return new Step<>(
          new Window(index, used), Decision.allow(permits, permits - used, end - now));
    }
    return new Step<>(
        state,
        Decision.deny(
            permits, clockBehind ? 0 : permits - used, (fits ? start : end) - now, end - now));
  }

  @Override
  public long resetAt(Window state) {
    return (state.index + 1) * window;
  }

  @Override
  public long lifetimeMicros() {
    return window;
  }
}
