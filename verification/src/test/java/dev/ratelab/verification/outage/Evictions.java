package dev.ratelab.verification.outage;

import dev.ratelab.limiter.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;

/** Counts, key by key, what a server evicts: the server tells each one. */
final class Evictions implements AutoCloseable {
  private static final String CHANNEL = "__keyevent@0__:evicted";
  private static final String END = "(end)";

  private final Admin admin;
  private final Connection connection;
  private final Map<String, Long> counts = new ConcurrentHashMap<>();
  private final Thread listener;

  private Evictions(Admin admin) {
    this.admin = admin;
    RedisAddress address = admin.address();
    connection = new Connection(
        new HostAndPort(address.host(), address.port()),
        DefaultJedisClientConfig.builder().socketTimeoutMillis(0).build());
    listener = new Thread(this::listen, "ratelab-evictions");
    listener.setDaemon(true);
  }

  static Evictions of(Admin admin) {
    admin.set("notify-keyspace-events", "Ee");
    Evictions evictions = new Evictions(admin);
    evictions.connection.sendCommand(Command.SUBSCRIBE, CHANNEL);
    evictions.connection.getOne();
    evictions.listener.start();
    return evictions;
  }

  /** How often a key was evicted, as far as the server has told. */
  long of(byte[] key) {
    return counts.getOrDefault(new String(key, StandardCharsets.US_ASCII), 0L);
  }

  /** Waits until the server has told all. */
  @Override
  public void close() {
    try {
      admin.call("PUBLISH", CHANNEL, END);
      listener.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the server told what it evicted", e);
    } finally {
      connection.close();
    }
  }

  private void listen() {
    String key = evicted();
    while (!key.equals(END)) {
      counts.merge(key, 1L, Long::sum);
      key = evicted();
    }
  }

  private String evicted() {
    List<?> message = (List<?>) connection.getOne();
    return new String((byte[]) message.get(2), StandardCharsets.UTF_8);
  }
}
