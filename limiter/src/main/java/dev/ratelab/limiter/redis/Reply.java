package dev.ratelab.limiter.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a script replied. Anything else than what is read here is a {@link RedisFailure}. */
final class Reply {
  private Reply() {}

  static List<Long> integers(@Nullable Object reply) {
    return list(reply, Long.class, "integers");
  }

  static List<byte[]> strings(@Nullable Object reply) {
    return list(reply, byte[].class, "strings");
  }

  private static <T> List<T> list(@Nullable Object reply, Class<T> type, String expected) {
    if (!(reply instanceof List<?> list)) {
      throw new RedisFailure("a script replied no list", null);
    }
    if (!list.stream().allMatch(type::isInstance)) {
      throw new RedisFailure("a script replied something else than " + expected, null);
    }
    @SuppressWarnings("unchecked")
    List<T> read = (List<T>) list;
    return read;
  }
}
