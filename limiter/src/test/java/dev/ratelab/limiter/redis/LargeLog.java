package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.Algorithm;
import java.nio.charset.StandardCharsets;

/** A log of many entries, stored by the script itself, which the server runs as often in a few calls. */
final class LargeLog {
  /** Between two entries, in microseconds. */
  static final long GAP = 100;

  private static final String MANY = """
      local once = function(KEYS, ARGV)
      %s
      end
      local limit = struct.pack('<dddd', 1000000000, 86400000000, 1000000000, 1)
      for i = tonumber(ARGV[1]), ARGV[2] - 1 do
        local time = string.format('%%.0f', ARGV[3] + i * ARGV[4])
        once({KEYS[1]}, {limit, time})
      end
      """;

  private LargeLog() {}

  /** Admits a cost of 1 so often, {@link #GAP} apart, from the given instant on. All lies within a day. */
  static void store(RawRedis redis, byte[] key, int entries, long from) {
    String script =
        new String(Script.of(Algorithm.SLIDING_WINDOW_LOG).text(), StandardCharsets.UTF_8);
    String many = MANY.formatted(script);
    for (int done = 0; done < entries; done += 1_000) {
      int end = Math.min(entries, done + 1_000);
      redis.call(
          "EVAL",
          many,
          "1",
          key,
          Integer.toString(done),
          Integer.toString(end),
          Long.toString(from),
          Long.toString(GAP));
    }
  }
}
