package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;

/**
 * The generic cell rate algorithm as virtual scheduling (ITU-T I.371): one theoretical arrival time, TAT, that each
 * admitted request moves on by its cost in emission intervals T = W/N. Admits iff {@code max(TAT, t) + c·T - t ≤ B·T}.
 * E(τ) = B + floor((τ-1)/T): decision for decision a token bucket of rate 1/T.
 */
public final class Gcra extends TwoNumbers<Gcra.Tat> {
  private final long burst;

  /** What a request of cost 1 moves the time on by, and how far ahead it may then be. Known before, so that none divides. */
  private final long step;

  private final long stepFraction;
  private final long slack;
  private final long slackFraction;
  private final long lifetime;

  /**
   * The theoretical arrival time. T need not be a whole number of microseconds, so the rest is kept, exact, beside it.
   *
   * @param micros its whole microseconds
   * @param fraction the rest in 1/N of a microsecond, 0 to below N
   */
  public record Tat(long micros, long fraction) {}

  public Gcra(Limit limit) {
    super(limit);
    burst = limit.burst();
    step = window / permits;
    stepFraction = window % permits;
    slack = (burst - 1) * window / permits;
    slackFraction = (burst - 1) * window % permits;
    lifetime = -Math.floorDiv(-burst * window, permits);
  }

  @Override
  public boolean decide(Evaluation evaluation, long now, long cost) {
    boolean idle = !evaluation.known || evaluation.first < now;
    long tat = idle ? now : evaluation.first;
    long fraction = idle ? 0 : evaluation.second;
    long readyAt = readyAt(tat, fraction, cost);
    if (now < readyAt) {
      return evaluation.deny(
          remaining(tat, fraction, now), readyAt - now, resetAt(tat, fraction) - now);
    }
    if (cost == 1) {
      tat += step;
      fraction += stepFraction;
    } else {
      tat += cost * window / permits;
      fraction += cost * window % permits;
    }
    if (fraction >= permits) {
      tat++;
      fraction -= permits;
    }
    return evaluation.allow(
        tat, fraction, remaining(tat, fraction, now), resetAt(tat, fraction) - now);
  }

  /** The instant from which a request of this cost is admitted: the least t with TAT + c·T - t ≤ B·T. */
  private long readyAt(long tat, long fraction, long cost) {
    if (cost == 1) {
      return tat - slack + (slackFraction < fraction ? 1 : 0);
    }
    return tat - Math.floorDiv((burst - cost) * window - fraction, permits);
  }

  /** floor(B - (TAT - t)/T), and 0 where the clock went back so far that it would be negative. */
  private long remaining(long tat, long fraction, long now) {
    if (tat - now > lifetime) {
      return 0;
    }
    long left = burst * window - (tat - now) * permits - fraction;
    // No division where nothing is left, as in an attack.
    return left < window ? 0 : left / window;
  }

  @Override
  public long resetAt(long tat, long fraction) {
    return fraction == 0 ? tat : tat + 1;
  }

  @Override
  long first(Tat state) {
    return state.micros;
  }

  @Override
  long second(Tat state) {
    return state.fraction;
  }

  @Override
  Tat state(long first, long second) {
    return new Tat(first, second);
  }
}
