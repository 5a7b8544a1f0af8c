package dev.ratelab.cli;

import dev.ratelab.verification.conform.OwnRedis;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The Redis that a tested limiter may keep its state on.
 *
 * @param own one of our own, or null
 * @param given that of {@code --redis}, an address, or null
 */
record RedisOfTested(@Nullable OwnRedis own, @Nullable String given) implements AutoCloseable {
  /**
   * Starts one of our own where that is asked for and of use.
   *
   * @throws ParameterException if one is needed and left out, or the text means nothing
   * @throws dev.ratelab.limiter.redis.launch.NoRedisException if none can be had
   */
  static RedisOfTested open(CommandLine command, TestedOptions tested, String redis) {
    if (!tested.takesRedis() || redis.equals(OptionalRedis.NONE)) {
      if (tested.needsRedis()) {
        throw new ParameterException(
            command, "%s needs a Redis; --redis is none".formatted(tested.name()));
      }
      return new RedisOfTested(null, null);
    }
    if (redis.contains("://")) {
      return new RedisOfTested(null, redis);
    }
    if (!redis.startsWith("embedded")) {
      throw wrong(command, redis);
    }
    if (tested.needsRedis() && !redis.equals("embedded")) {
      throw new ParameterException(
          command,
          "%s is asked of one server; accepted with it: --redis embedded, or a URL"
              .formatted(tested.name()));
    }
    try {
      return new RedisOfTested(new OwnRedis(redis), null);
    } catch (IllegalArgumentException e) {
      throw wrong(command, redis);
    }
  }

  private static ParameterException wrong(CommandLine command, String redis) {
    return new ParameterException(
        command,
        "--redis is '%s'; accepted by conform: embedded, embedded-cluster:N with 1 to 64 primaries, none, or a URL such as redis://localhost:6379"
            .formatted(redis));
  }

  @Nullable
  String url() {
    return own == null ? given : own.url();
  }

  @Override
  public void close() {
    if (own != null) {
      own.close();
    }
  }
}
