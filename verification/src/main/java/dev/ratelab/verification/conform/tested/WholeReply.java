package dev.ratelab.verification.conform.tested;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Any reply of a script: a number, a byte array, null, or a list of these. Lettuce's own output for scripts either makes a list of
 * what stands alone, or (its {@code OBJECT}, in 7.7.0) fails on it.
 */
final class WholeReply extends CommandOutput<byte[], byte[], Object> {
  private final Deque<List<@Nullable Object>> open = new ArrayDeque<>();

  WholeReply() {
    super(ByteArrayCodec.INSTANCE, null);
  }

  @Override
  public void set(long integer) {
    add(integer);
  }

  @Override
  public void set(double number) {
    add(number);
  }

  @Override
  public void set(boolean value) {
    add(value);
  }

  @Override
  public void set(@Nullable ByteBuffer bytes) {
    add(bytes == null ? null : codec.decodeValue(bytes));
  }

  @Override
  public void multi(int count) {
    List<@Nullable Object> list = new ArrayList<>();
    add(list);
    open.push(list);
  }

  @Override
  public void complete(int depth) {
    if (depth > 0 && depth < open.size()) {
      open.pop();
    }
  }

  private void add(@Nullable Object value) {
    List<@Nullable Object> list = open.peek();
    if (list == null) {
      output = value;
    } else {
      list.add(value);
    }
  }
}
