package dev.ratelab.limiter.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a script replied. */
final class Reply {
  private Reply() {}

  /**
   * Reads a list of integers.
   *
   * @throws RedisFailure if the reply is anything else
   */
  static List<Long> integers(@Nullable Object reply) {
    if (!(reply instanceof List<?> list)) {
      throw new RedisFailure("a script replied no list", null);
    }
    for (Object each : list) {
      if (!(each instanceof Long)) {
        throw new RedisFailure("a script replied something else than integers", null);
      }
    }
    @SuppressWarnings("unchecked")
    List<Long> integers = (List<Long>) list;
    return integers;
  }

  /**
   * Reads a list of strings.
   *
   * @throws RedisFailure if the reply is anything else
   */
  static List<byte[]> strings(@Nullable Object reply) {
    if (!(reply instanceof List<?> list)) {
      throw new RedisFailure("a script replied no list", null);
    }
    for (Object each : list) {
      if (!(each instanceof byte[])) {
        throw new RedisFailure("a script replied something else than strings", null);
      }
    }
    @SuppressWarnings("unchecked")
    List<byte[]> strings = (List<byte[]>) list;
    return strings;
  }
}
