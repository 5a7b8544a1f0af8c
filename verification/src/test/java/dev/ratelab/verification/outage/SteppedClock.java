package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Has scripts read a server's clock that is ahead of the machine's by what a key of that server says, so that it can be set back for all callers
 * at one instant. A server's own clock is the machine's, and the binary that embedded-redis carries is linked statically, out
 * of reach for libfaketime. A key that expires by the real clock lives as long after the step back as it would on a server
 * whose own clock was set back.
 */
final class SteppedClock extends ForwardingClient {
  private static final String KEY = "ratelab-clock-ahead";
  private static final String READ = "local server = clock[1] * 1000000 + clock[2]";
  private static final String AHEAD = READ + " + redis.call('GET', '" + KEY + "')";

  SteppedClock(RedisClient client) {
    super(client, stepped());
  }

  /** Sets a server's clock so much ahead of the machine's. */
  static void set(Admin server, long micros) {
    server.call("SET", KEY, Long.toString(micros));
  }

  private static UnaryOperator<Script> stepped() {
    Map<Script, Script> scripts = new ConcurrentHashMap<>();
    return script -> scripts.computeIfAbsent(script, original -> {
      String text = new String(original.text(), StandardCharsets.UTF_8);
      if (!text.contains(READ)) {
        throw new IllegalStateException(original + " reads the clock in another way than expected");
      }
      return Script.of(original.name(), text.replace(READ, AHEAD));
    });
  }
}
