package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * The leaky bucket as a queue: one unit leaves every T = W/N, and {@code burst - 1} may wait behind it. An admitted
 * request is delayed by max(TAT, t) - t, so that the output never exceeds 1 + floor((τ-1)/T) in τ instants.
 *
 * <p>With a queue of depth B' = burst - 1, {@code max(TAT, t) + (c-1)·T - t ≤ B'·T} is GCRA's condition for that burst:
 * both admit the same requests, and only this one holds them back. Where T is not a whole number of microseconds the
 * delay is rounded up, so an output may come up to a microsecond late, and E(τ) of the output is ceil(τ/T), which is the
 * same for a whole T.
 */
public final class LeakyBucket implements Transition<Gcra.Tat> {
  private final Gcra schedule;

  public LeakyBucket(Limit limit) {
    schedule = new Gcra(limit);
  }

  @Override
  public Step<Gcra.Tat> apply(Gcra.@Nullable Tat state, long now, long cost) {
    Step<Gcra.Tat> step = schedule.apply(state, now, cost);
    if (!step.decision().allowed()) {
      return step;
    }
    long due = schedule.resetAt(schedule.start(state, now));
    return new Step<>(step.state(), step.decision().delayedBy(due - now));
  }

  @Override
  public long resetAt(Gcra.Tat state) {
    return schedule.resetAt(state);
  }

  @Override
  public long lifetimeMicros() {
    return schedule.lifetimeMicros();
  }
}
