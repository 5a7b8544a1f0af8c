package dev.ratelab.limiter.redis;

import org.jspecify.annotations.Nullable;

/** Redis gave no answer in time, or an error instead of one. Whether the call took effect is unknown. */
public final class RedisFailure extends RuntimeException {
  /** Says what happened. */
  public RedisFailure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
