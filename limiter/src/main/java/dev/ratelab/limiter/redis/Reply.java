package dev.ratelab.limiter.redis;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Redis replied. Anything else than what is read here is a {@link RedisFailure}. */
final class Reply {
  private Reply() {}

  /** A list of integers, or one string of little-endian doubles that are integers, which costs the server less. */
  static List<Long> integers(@Nullable Object reply) {
    // Lettuce makes a list of a string that stands alone.
    Object packed = reply instanceof List<?> list && list.size() == 1 ? list.get(0) : reply;
    return packed instanceof byte[] bytes && bytes.length % Double.BYTES == 0
        ? new Integers(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN))
        : list(reply, Long.class, "integers");
  }

  static String text(@Nullable Object reply) {
    if (!(reply instanceof byte[] bytes)) {
      throw new RedisFailure("Redis replied something else than a string", null);
    }
    return new String(bytes, StandardCharsets.UTF_8);
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

  private static final class Integers extends AbstractList<Long> {
    private final ByteBuffer doubles;

    Integers(ByteBuffer doubles) {
      this.doubles = doubles;
    }

    @Override
    public Long get(int index) {
      return (long) doubles.getDouble(index * Double.BYTES);
    }

    @Override
    public int size() {
      return doubles.capacity() / Double.BYTES;
    }
  }
}
