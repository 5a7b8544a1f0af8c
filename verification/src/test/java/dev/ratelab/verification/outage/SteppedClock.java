package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Has scripts read a server's clock that is ahead of the machine's by what a key of that server says, so that it can be set back for all callers
 * at one instant. A server's own clock is the machine's, and the binary that embedded-redis carries is linked statically, out
 * of reach for libfaketime. A key that expires by the real clock lives as long after the step back as it would on a server
 * whose own clock was set back.
 */
final class SteppedClock implements RedisClient {
  private static final String KEY = "ratelab-clock-ahead";
  private static final String READ = "local server = clock[1] * 1000000 + clock[2]";
  private static final String AHEAD = READ + " + redis.call('GET', '" + KEY + "')";

  private final RedisClient client;
  private final Map<Script, Script> scripts = new ConcurrentHashMap<>();

  SteppedClock(RedisClient client) {
    this.client = client;
  }

  /** Sets a server's clock so much ahead of the machine's. */
  static void set(Admin server, long micros) {
    server.call("SET", KEY, Long.toString(micros));
  }

  @Override
  public String name() {
    return client.name();
  }

  @Override
  public List<Long> run(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.run(stepped(script), keys, arguments, deadline);
  }

  @Override
  public List<byte[]> runForStrings(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runForStrings(stepped(script), keys, arguments, deadline);
  }

  @Override
  public CompletionStage<List<Long>> runAsync(
      Script script, List<byte[]> keys, List<byte[]> arguments, Duration deadline) {
    return client.runAsync(stepped(script), keys, arguments, deadline);
  }

  @Override
  public CompletionStage<?> ping(Duration deadline) {
    return client.ping(deadline);
  }

  @Override
  public void pingBlocking(Duration deadline) {
    client.pingBlocking(deadline);
  }

  @Override
  public void close() {
    client.close();
  }

  private Script stepped(Script script) {
    return scripts.computeIfAbsent(script, original -> {
      String text = new String(original.text(), StandardCharsets.UTF_8);
      if (!text.contains(READ)) {
        throw new IllegalStateException(original + " reads the clock in another way than expected");
      }
      return Script.of(original.name(), text.replace(READ, AHEAD));
    });
  }
}
