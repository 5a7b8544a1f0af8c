package dev.ratelab.limiter.redis.launch;

import org.jspecify.annotations.Nullable;

/** No Redis could be had. The message is one sentence for the user. */
public final class NoRedisException extends RuntimeException {
  /** Says why. */
  public NoRedisException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
