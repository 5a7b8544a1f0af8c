package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.DurationText;
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
      throw new IllegalArgumentException("the window is %s; accepted: whole milliseconds"
          .formatted(DurationText.of(limit.window())));
    }
  }

  /**
   * What a program's environment tells it: {@link #environment} read back.
   *
   * @throws IllegalArgumentException if a variable is missing or makes no limit
   */
  public static Setup of(Map<String, String> environment) {
    Limit limit = Limit.of(
            number(environment, "RATELAB_PERMITS"),
            Duration.ofMillis(number(environment, "RATELAB_WINDOW_MS")))
        .withBurst(number(environment, "RATELAB_BURST"));
    return new Setup(
        limit,
        environment.getOrDefault("RATELAB_REDIS", ""),
        environment.getOrDefault("RATELAB_NAMESPACE", ""));
  }

  /** How far a program's own clock must be ahead by its environment, behind if negative. */
  public static Duration ahead(Map<String, String> environment) {
    return Duration.ofMillis(number(environment, "RATELAB_CLOCK_AHEAD_MS"));
  }

  private static long number(Map<String, String> environment, String name) {
    try {
      return Long.parseLong(environment.getOrDefault(name, ""));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is '%s'; accepted: a whole number"
              .formatted(name, environment.getOrDefault(name, "")),
          e);
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
