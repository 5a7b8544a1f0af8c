package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The generic cell rate algorithm as virtual scheduling (ITU-T I.371): one theoretical arrival time, TAT, that each
 * admitted request moves on by its cost in emission intervals T = W/N. Admits iff {@code max(TAT, t) + c·T - t ≤ B·T}.
 * E(τ) = B + floor((τ-1)/T): decision for decision a token bucket of rate 1/T.
 */
public final class Gcra implements Transition<Gcra.Tat> {
  private final long permits;
  private final long window;
  private final long burst;

  /**
   * The theoretical arrival time. T need not be a whole number of microseconds, so the rest is kept, exact, beside it.
   *
   * @param micros its whole microseconds
   * @param fraction the rest in 1/N of a microsecond, 0 to below N
   */
  public record Tat(long micros, long fraction) {}

  public Gcra(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
    burst = limit.burst();
  }

  @Override
  public Step<Tat> apply(@Nullable Tat state, long now, long cost) {
    Tat tat = start(state, now);
    long readyAt = readyAt(tat, cost);
    if (now >= readyAt) {
      long fraction = tat.fraction + cost * window;
      Tat next = new Tat(tat.micros + fraction / permits, fraction % permits);
      return new Step<>(next, Decision.allow(permits, remaining(next, now), resetAt(next) - now));
    }
    return new Step<>(
        state, Decision.deny(permits, remaining(tat, now), readyAt - now, resetAt(tat) - now));
  }

  /** When a request that arrives now is due at the earliest: max(TAT, t). */
  Tat start(@Nullable Tat state, long now) {
    return state == null || state.micros < now ? new Tat(now, 0) : state;
  }

  /** The instant from which a request of this cost is admitted: the least t with TAT + c·T - t ≤ B·T. */
  private long readyAt(Tat tat, long cost) {
    return tat.micros - Math.floorDiv((burst - cost) * window - tat.fraction, permits);
  }

  /** floor(B - (TAT - t)/T), and 0 where the clock went back so far that it would be negative. */
  private long remaining(Tat tat, long now) {
    if (now < readyAt(tat, 0)) {
      return 0;
    }
    long ahead = (tat.micros - now) * permits + tat.fraction;
    return (burst * window - ahead) / window;
  }

  @Override
  public long resetAt(Tat state) {
    return state.fraction == 0 ? state.micros : state.micros + 1;
  }

  @Override
  public long lifetimeMicros() {
    return -Math.floorDiv(-burst * window, permits);
  }
}
