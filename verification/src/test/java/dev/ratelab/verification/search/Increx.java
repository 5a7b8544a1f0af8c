package dev.ratelab.verification.search;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition;
import org.jspecify.annotations.Nullable;

/**
 * {@code INCREX key BYINT c UBOUND N PX W}, with or without {@code ENX}, as one key's value and expiry.
 *
 * @param limit N and W
 * @param enx whether only a key without an expiry is given one
 */
record Increx(Limit limit, boolean enx) implements Transition<Increx.Counter> {
  /** A key that is there. */
  record Counter(long value, long expires) {}

  @Override
  public Step<Counter> apply(@Nullable Counter state, long now, long cost) {
    Counter counter =
        state == null || state.expires <= now ? new Counter(0, now + limit.windowMicros()) : state;
    long value = counter.value + cost;
    if (value > limit.permits()) {
      long left = counter.expires - now;
      return new Step<>(
          state, Decision.deny(limit.permits(), limit.permits() - counter.value, left, left));
    }
    Counter next = new Counter(value, enx ? counter.expires : now + limit.windowMicros());
    return new Step<>(
        next, Decision.allow(limit.permits(), limit.permits() - value, next.expires - now));
  }

  @Override
  public long resetAt(Counter state) {
    return state.expires;
  }
}
