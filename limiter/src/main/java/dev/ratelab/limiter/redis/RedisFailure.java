package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.FailureReason;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Redis gave no answer in time, or an error instead of one. Whether the call took effect is unknown. */
public final class RedisFailure extends RuntimeException {
  private final FailureReason reason;

  /** Says what happened. The cause tells whether it was the deadline. */
  public RedisFailure(String message, @Nullable Throwable cause) {
    this(message, cause, reason(cause));
  }

  private RedisFailure(String message, @Nullable Throwable cause, FailureReason reason) {
    super(message, cause);
    this.reason = reason;
  }

  /** A call that ended at its deadline. */
  static RedisFailure late(String message, @Nullable Throwable cause) {
    return new RedisFailure(message, cause, FailureReason.DEADLINE);
  }

  /** {@link FailureReason#DEADLINE} where a call ended because its time was over, otherwise {@link FailureReason#UNAVAILABLE}. */
  static FailureReason reason(@Nullable Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof RedisFailure known) {
        return known.reason;
      }
      if (each instanceof TimeoutException || each instanceof SocketTimeoutException) {
        return FailureReason.DEADLINE;
      }
    }
    return FailureReason.UNAVAILABLE;
  }
}
