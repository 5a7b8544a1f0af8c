package dev.ratelab.bench.peer;

import dev.ratelab.limiter.redis.RedisAddress;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.distributed.serialization.Mapper;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.SslOptions;

/** Bucket4j on Redis over Jedis and its pool. It has no asynchronous interface there. */
final class Bucket4jJedisPeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "bucket4j",
      Peer.REDIS,
      "jedis",
      "token-bucket",
      Bucket4jJedis.class,
      setting -> new Bucket4jJedisPeer(setting, false),
      Bucket4jRedis.TERMS);

  static final Peer TUNED = new Peer(
      "bucket4j-tuned",
      Peer.REDIS,
      "jedis",
      "token-bucket",
      Bucket4jJedis.class,
      setting -> new Bucket4jJedisPeer(setting, true),
      Bucket4jRedis.TUNED_TERMS);

  // As many as our own client opens at most: its default of 8 would make callers wait for one
  // another.
  private static final int MAX_CONNECTIONS = 64;

  private final RedisClient client;
  private final Function<String, Bucket> buckets;
  private final String namespace;

  private Bucket4jJedisPeer(Peer.Setting setting, boolean tuned) {
    namespace = setting.namespace();
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(MAX_CONNECTIONS);
    pool.setMaxIdle(MAX_CONNECTIONS);
    RedisAddress address = RedisAddress.parse(setting.redis());
    DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder()
        .user(address.user())
        .password(address.password())
        .database(address.database())
        .timeoutMillis(Math.toIntExact(setting.deadline().toMillis()));
    if (address.tls()) {
      config.sslOptions(SslOptions.defaults());
    }
    client = RedisClient.builder()
        .hostAndPort(address.host(), address.port())
        .clientConfig(config.build())
        .poolConfig(pool)
        .build();
    ProxyManager<String> manager = Bucket4jJedis.casBasedBuilder(client)
        .keyMapper(Mapper.STRING)
        .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
            Bucket4jRedis.KEPT_AFTER_REFILL))
        .build();
    BucketConfiguration configuration = Bucket4jRedis.configuration(setting.limit());
    if (tuned) {
      ConcurrentMap<String, Bucket> reused = new ConcurrentHashMap<>();
      buckets = key -> reused.computeIfAbsent(
          key,
          k -> manager
              .builder()
              .withOptimization(Optimizations.batching())
              .build(k, () -> configuration));
    } else {
      buckets = key -> manager.getProxy(key, () -> configuration);
    }
  }

  @Override
  public boolean tryAcquire(String key) {
    return buckets.apply(namespace + ":" + key).tryConsume(1);
  }

  @Override
  public void close() {
    client.close();
  }
}
