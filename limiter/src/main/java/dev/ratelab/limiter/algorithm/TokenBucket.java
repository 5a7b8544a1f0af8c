package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;

/**
 * Tokens refill at N per window up to the burst B; a request takes its cost in tokens. Admits iff {@code min(B, tokens +
 * r·Δ) ≥ c}. E(τ) = B + floor(r·(τ-1)), r = N/W.
 *
 * <p>A level is counted in 1/W of a token, so that a microsecond refills exactly N of it and nothing is ever rounded.
 */
public final class TokenBucket extends TwoNumbers<TokenBucket.Level> {
  private final long capacity;
  private final long refillMicros;

  /**
   * A bucket's level at an instant.
   *
   * @param level in 1/W of a token
   * @param at the instant in microseconds
   */
  public record Level(long level, long at) {}

  public TokenBucket(Limit limit) {
    super(limit);
    capacity = limit.burst() * window;
    refillMicros = -Math.floorDiv(-capacity, permits);
  }

  @Override
  public boolean decide(Evaluation evaluation, long now, long cost) {
    if (evaluation.known && now < evaluation.second) {
      return decideBehind(evaluation, now, cost);
    }
    long level = capacity;
    if (evaluation.known && now - evaluation.second < refillMicros) {
      level = Math.min(capacity, evaluation.first + (now - evaluation.second) * permits);
    }
    long price = cost * window;
    return price <= level
        ? admit(evaluation, level - price, now)
        : evaluation.deny(level / window, micros(price - level), micros(capacity - level));
  }

  /** The clock went back: the refill of the time undone is taken away again, and the level may lie below empty. */
  private boolean decideBehind(Evaluation evaluation, long now, long cost) {
    long level = evaluation.first;
    long at = evaluation.second;
    long readyAt = readyAt(level, at, cost * window);
    if (now >= readyAt) {
      return admit(evaluation, level - (at - now) * permits - cost * window, now);
    }
    long remaining = now < readyAt(level, at, 0) ? 0 : (level - (at - now) * permits) / window;
    return evaluation.deny(remaining, readyAt - now, resetAt(level, at) - now);
  }

  private boolean admit(Evaluation evaluation, long level, long now) {
    return evaluation.allow(level, now, level / window, micros(capacity - level));
  }

  /** How long so much takes to flow in. */
  private long micros(long level) {
    return -Math.floorDiv(-level, permits);
  }

  /** The instant from which the bucket holds so much. */
  private long readyAt(long level, long at, long wanted) {
    return at - Math.floorDiv(level - wanted, permits);
  }

  @Override
  public long resetAt(long level, long at) {
    return readyAt(level, at, capacity);
  }

  @Override
  long first(Level state) {
    return state.level;
  }

  @Override
  long second(Level state) {
    return state.at;
  }

  @Override
  Level state(long first, long second) {
    return new Level(first, second);
  }
}
