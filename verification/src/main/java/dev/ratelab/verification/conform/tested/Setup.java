package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.Limit;
import java.time.Duration;
import java.util.Map;

/**
 * What a target is started with.
 *
 * @param limit the limit that it must keep, over a window of whole milliseconds
 * @param redis the URL of the Redis that it may use, empty for none
 * @param namespace what the names of its Redis keys begin with
 */
public record Setup(Limit limit, String redis, String namespace) {
  /**
   * Checks the window.
   *
   * @throws IllegalArgumentException if it is not whole milliseconds: most rate limiters know no finer unit
   */
  public Setup {
    if (limit.windowMicros() % 1_000 != 0) {
      throw new IllegalArgumentException(
          "the window is %s microseconds; accepted: whole milliseconds"
              .formatted(limit.windowMicros()));
    }
  }

  /**
   * The environment variables that tell a program of it.
   *
   * @param ahead how far the program's own clock must be ahead, in whole milliseconds; behind if negative
   */
  public Map<String, String> environment(Duration ahead) {
    return Map.of(
        "RATELAB_PERMITS", Long.toString(limit.permits()),
        "RATELAB_WINDOW_MS", Long.toString(limit.windowMicros() / 1_000),
        "RATELAB_BURST", Long.toString(limit.burst()),
        "RATELAB_REDIS", redis,
        "RATELAB_NAMESPACE", namespace,
        "RATELAB_CLOCK_AHEAD_MS", Long.toString(ahead.toMillis()));
  }
}
