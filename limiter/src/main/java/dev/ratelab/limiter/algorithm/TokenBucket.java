package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * Tokens refill at N per window up to the burst B; a request takes its cost in tokens. Admits iff {@code min(B, tokens +
 * r·Δ) ≥ c}. E(τ) = B + floor(r·(τ-1)), r = N/W.
 *
 * <p>A level is counted in 1/W of a token, so that a microsecond refills exactly N of it and nothing is ever rounded.
 */
public final class TokenBucket implements Transition<TokenBucket.Level> {
  private final long permits;
  private final long window;
  private final long burst;
  private final long capacity;

  /**
   * A bucket's level at an instant.
   *
   * @param level in 1/W of a token
   * @param at the instant in microseconds
   */
  public record Level(long level, long at) {}

  public TokenBucket(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
    burst = limit.burst();
    capacity = burst * window;
  }

  @Override
  public Step<Level> apply(@Nullable Level state, long now, long cost) {
    Level bucket = state == null || now >= resetAt(state) ? new Level(capacity, now) : state;
    long readyAt = readyAt(bucket, cost);
    if (now >= readyAt) {
      Level next = new Level(levelAt(bucket, now) - cost * window, now);
      return new Step<>(next, Decision.allow(permits, next.level / window, resetAt(next) - now));
    }
    // Below empty only if the clock went back: the refill of the time undone is taken away again.
    long remaining = now < readyAt(bucket, 0) ? 0 : levelAt(bucket, now) / window;
    return new Step<>(
        state, Decision.deny(permits, remaining, readyAt - now, resetAt(bucket) - now));
  }

  private long levelAt(Level bucket, long now) {
    return bucket.level + (now - bucket.at) * permits;
  }

  /** The instant from which the bucket holds so many tokens. */
  private long readyAt(Level bucket, long tokens) {
    return bucket.at - Math.floorDiv(bucket.level - tokens * window, permits);
  }

  @Override
  public long resetAt(Level state) {
    return readyAt(state, burst);
  }

  @Override
  public long lifetimeMicros() {
    return -Math.floorDiv(-capacity, permits);
  }
}
