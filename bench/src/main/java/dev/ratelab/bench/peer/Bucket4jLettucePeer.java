package dev.ratelab.bench.peer;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/** Bucket4j on Redis over Lettuce, called asynchronously. */
final class Bucket4jLettucePeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "bucket4j",
      Peer.REDIS,
      "lettuce",
      "token-bucket",
      Bucket4jLettuce.class,
      setting -> new Bucket4jLettucePeer(setting, false),
      Bucket4jRedis.TERMS);

  static final Peer TUNED = new Peer(
      "bucket4j-tuned",
      Peer.REDIS,
      "lettuce",
      "token-bucket",
      Bucket4jLettuce.class,
      setting -> new Bucket4jLettucePeer(setting, true),
      Bucket4jRedis.TUNED_TERMS);

  private final RedisClient client;
  private final Function<String, AsyncBucketProxy> buckets;
  private final String namespace;

  private Bucket4jLettucePeer(Peer.Setting setting, boolean tuned) {
    namespace = setting.namespace();
    client = RedisClient.create(setting.redis());
    StatefulRedisConnection<String, byte[]> connection =
        client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
    AsyncProxyManager<String> manager = Bucket4jLettuce.casBasedBuilder(connection)
        .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(
            Bucket4jRedis.KEPT_AFTER_REFILL))
        .requestTimeout(setting.deadline())
        .build()
        .asAsync();
    BucketConfiguration configuration = Bucket4jRedis.configuration(setting.limit());
    if (tuned) {
      ConcurrentMap<String, AsyncBucketProxy> reused = new ConcurrentHashMap<>();
      buckets = key -> reused.computeIfAbsent(
          key,
          k -> manager
              .builder()
              .withOptimization(Optimizations.batching())
              .build(k, () -> CompletableFuture.completedFuture(configuration)));
    } else {
      buckets =
          key -> manager.getProxy(key, () -> CompletableFuture.completedFuture(configuration));
    }
  }

  @Override
  public boolean tryAcquire(String key) {
    return bucket(key).tryConsume(1).join();
  }

  @Override
  public CompletionStage<Boolean> tryAcquireAsync(String key) {
    return bucket(key).tryConsume(1);
  }

  private AsyncBucketProxy bucket(String key) {
    return buckets.apply(namespace + ":" + key);
  }

  @Override
  public void close() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }
}
