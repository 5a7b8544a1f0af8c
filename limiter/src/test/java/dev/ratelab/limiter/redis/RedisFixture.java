package dev.ratelab.limiter.redis;

import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A Redis for a test class: a connection to it, and a client of each library. */
final class RedisFixture extends RawRedis implements AfterAllCallback {
  private final RunningRedis server;
  private final Map<Library, RedisClient> clients = new EnumMap<>(Library.class);

  private RedisFixture(RunningRedis server) {
    super(server.address());
    this.server = server;
  }

  /** One that nobody else uses. */
  static RedisFixture own() {
    return new RedisFixture(RunningRedis.open("embedded"));
  }

  /** The one that tests are given, which others may use too. */
  static RedisFixture given() {
    return new RedisFixture(RunningRedis.forTests());
  }

  /** The names that begin so, on all its servers. */
  List<byte[]> names(String prefix) {
    List<byte[]> names = new ArrayList<>();
    for (RedisAddress each : server.primaries()) {
      try (RawRedis raw = new RawRedis(each)) {
        ((List<?>) raw.call("KEYS", prefix + "*")).forEach(name -> names.add((byte[]) name));
      }
    }
    return names;
  }

  RedisAddress address() {
    return server.address();
  }

  RedisClient client(Library library) {
    return clients.computeIfAbsent(library, each -> each.connect(address()));
  }

  @Override
  public void afterAll(ExtensionContext context) {
    clients.values().forEach(RedisClient::close);
    close();
    server.close();
  }
}
