package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;

/**
 * The leaky bucket as a queue: one unit leaves every T = W/N, and {@code burst - 1} may wait behind it. An admitted
 * request is delayed by max(TAT, t) - t, so that the output never exceeds 1 + floor((τ-1)/T) in τ instants.
 *
 * <p>With a queue of depth B' = burst - 1, {@code max(TAT, t) + (c-1)·T - t ≤ B'·T} is GCRA's condition for that burst:
 * both admit the same requests, and only this one holds them back. Where T is not a whole number of microseconds the
 * delay is rounded up, so an output may come up to a microsecond late, and E(τ) of the output is ceil(τ/T), which is the
 * same for a whole T.
 */
public final class LeakyBucket extends TwoNumbers<Gcra.Tat> {
  private final Gcra schedule;

  public LeakyBucket(Limit limit) {
    super(limit);
    schedule = new Gcra(limit);
  }

  @Override
  public boolean decide(Evaluation evaluation, long now, long cost) {
    boolean idle = !evaluation.known || evaluation.first < now;
    long due = idle ? now : resetAt(evaluation.first, evaluation.second);
    boolean allowed = schedule.decide(evaluation, now, cost);
    if (allowed) {
      evaluation.delayBy(due - now);
    }
    return allowed;
  }

  @Override
  public long resetAt(long tat, long fraction) {
    return schedule.resetAt(tat, fraction);
  }

  @Override
  long first(Gcra.Tat state) {
    return schedule.first(state);
  }

  @Override
  long second(Gcra.Tat state) {
    return schedule.second(state);
  }

  @Override
  Gcra.Tat state(long first, long second) {
    return schedule.state(first, second);
  }
}
