package dev.ratelab.verification.subject;

import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A script around another one, that looks at what the other leaves in its key and adds that to the reply. Both run as one
 * call, so nothing comes between the decision and the look.
 */
final class LookingScript {
  // The script's own reading of the clock is noted on the way: a second reading would be another
  // instant, and a life
  // measured with it off by however long the server was held up in between.
  private static final String BEFORE = """
      local call, sha1hex, time = redis.call, redis.sha1hex, nil
      local redis = {
        error_reply = redis.error_reply,
        pcall = redis.pcall,
        call = function(command, ...)
          local reply = call(command, ...)
          if command == 'TIME' then
            time = time or reply
          end
          return reply
        end
      }
      local reply = (function()
      """;

  // Only numbers come back; a SHA-1 makes four.
  private static final String AFTER = """

      end)()
      if type(reply) ~= 'string' then
        return reply
      end
      local finish = call('TIME')
      time = time or finish
      local function micros(clock)
        return clock[1] * 1000000 + clock[2]
      end
      reply = reply .. struct.pack('<ddd', micros(time), micros(finish), call('PEXPIRETIME', KEYS[1]))
      local stored = call('DUMP', KEYS[1])
      local digest = stored and sha1hex(stored) or string.rep('0', 40)
      for i = 1, 40, 10 do
        reply = reply .. struct.pack('<d', tonumber(string.sub(digest, i, i + 9), 16))
      end
      return reply
      """;

  private static final int NUMBERS = 7;
  private static final long NO_EXPIRY = -1;
  private static final long NO_KEY = -2;

  /**
   * What was seen.
   *
   * @param serverMicros the server's clock, as the script first read it
   * @param finishMicros the server's clock at the look
   * @param expiryMillis PEXPIRETIME, the instant in milliseconds at which the key expires
   * @param digest of the stored state
   */
  record Look(long serverMicros, long finishMicros, long expiryMillis, List<Long> digest) {
    /** How long the key lives from the script's instant on, in microseconds; 0 without a key, or without end. */
    long lifeMicros() {
      if (expiryMillis == NO_KEY) {
        return 0;
      }
      return expiryMillis == NO_EXPIRY ? Footprint.FOREVER : expiryMillis * 1_000 - serverMicros;
    }

    /** Whether another look at the same key found the same state with the same expiry. */
    boolean sameStateAs(Look other) {
      return expiryMillis == other.expiryMillis && digest.equals(other.digest);
    }
  }

  /** What a look at a key never used sees. */
  static final Look NOTHING = new Look(0, 0, NO_KEY, List.of(0L, 0L, 0L, 0L));

  private LookingScript() {}

  static Script around(Script script) {
    String text = new String(script.text(), StandardCharsets.UTF_8);
    return Script.of(script.name() + " and a look", BEFORE + text + AFTER);
  }

  static List<Long> reply(List<Long> both) {
    return both.subList(0, both.size() - NUMBERS);
  }

  static Look look(List<Long> both) {
    List<Long> numbers = both.subList(both.size() - NUMBERS, both.size());
    return new Look(numbers.get(0), numbers.get(1), numbers.get(2), numbers.subList(3, NUMBERS));
  }
}
