package dev.ratelab.bench.conform;

import dev.ratelab.bench.Target;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** For how many keys a limiter holds state in Redis. */
final class HeldKeys {
  private static final Script COUNT = Script.of("held-keys", """
      local seen, held, cursor = {}, 0, '0'
      repeat
        local page = redis.call('SCAN', cursor, 'MATCH', '*' .. KEYS[1] .. '*', 'COUNT', 1000)
        cursor = page[1]
        for _, name in ipairs(page[2]) do
          local own = string.sub(name, string.find(name, KEYS[1], 1, true), -1)
          local key = ARGV[1] == '1' and string.match(own, '^[^}]*') or own
          if not seen[key] then
            seen[key] = true
            held = held + 1
          end
        end
      until cursor == '0'
      return {held}
      """);
  private static final byte[] BY_NAME = {'0'};
  private static final byte[] BY_TAG = {'1'};

  private HeldKeys() {}

  /** Counts the Redis keys whose name holds a namespace. */
  static long count(RedisClient client, String namespace) {
    return count(client, namespace, BY_NAME);
  }

  /** The same where several Redis keys with one hash tag, whose text is the key, are one key's state. */
  static long countTags(RedisClient client, String namespace) {
    return count(client, namespace, BY_TAG);
  }

  private static long count(RedisClient client, String namespace, byte[] by) {
    byte[] name = namespace.getBytes(StandardCharsets.US_ASCII);
    return client.run(COUNT, name, List.of(by), Target.DEADLINE).get(0);
  }
}
