package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.verification.conform.tested.Answer;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AbstractProxyManagerBuilder;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.distributed.proxy.ProxyManager;
import io.github.bucket4j.distributed.proxy.optimization.Optimizations;
import io.github.bucket4j.distributed.serialization.Mapper;
import io.github.bucket4j.redis.jedis.Bucket4jJedis;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import redis.clients.jedis.ConnectionPoolConfig;

/** Bucket4j on Redis: over Lettuce, called asynchronously, and over Jedis and its pool, where it has no asynchronous interface. */
final class Bucket4jRedis {
  /** The value of its documentation's example. */
  private static final ExpirationAfterWriteStrategy EXPIRATION =
      ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10));

  private static final String PROMISE =
      "at most B + N·t/W in every t by the callers' clocks: a bucket of B tokens, full at first, refilled continuously";
  private static final String DIFFERENCE =
      "the time is the caller's, in milliseconds; more than one permit a nanosecond is cut to one";
  private static final String DECISION =
      "a boolean; its verbose calls add the remaining tokens and the wait";
  private static final String EXPIRY = "10 s after the bucket would be full";

  private static final Peer.Terms TERMS = new Peer.Terms(
      PROMISE,
      DIFFERENCE,
      DECISION,
      "a proxy for each call, from a ProxyManager",
      EXPIRY,
      "GET, then a compare-and-set by EVAL if the state changes, again from the start if another was faster: 2 round trips or more");

  /**
   * Its fastest settings whose decisions are still right: {@code Optimizations.batching()}, described by its javadoc, on proxies
   * that are kept, as that of {@code RemoteBucketBuilder.withOptimization} demands. Delaying and predicting are faster still,
   * but may admit more than the limit, as the javadoc of {@code Optimizations.predicting} says.
   */
  private static final Peer.Terms TUNED_TERMS = new Peer.Terms(
      PROMISE,
      DIFFERENCE,
      DECISION,
      "a proxy for each key in a ConcurrentHashMap, which joins concurrent requests of this process for its key (batching)",
      EXPIRY + "; the proxies never",
      "as bucket4j, but one exchange decides all requests that came for the key meanwhile");

  // As many as our own client opens at most: its default of 8 would make callers wait for one
  // another.
  private static final int MAX_CONNECTIONS = 64;

  static final List<Peer> LETTUCE = peers("lettuce", Bucket4jLettuce.class, Bucket4jRedis::lettuce);
  static final List<Peer> JEDIS = peers("jedis", Bucket4jJedis.class, Bucket4jRedis::jedis);

  private Bucket4jRedis() {}

  /** As its example has it, and tuned. */
  private static List<Peer> peers(
      String client, Class<?> library, BiFunction<Peer.Setting, Boolean, PeerLimiter> opening) {
    return Stream.of(false, true)
        .map(tuned -> new Peer(
            tuned ? "bucket4j-tuned" : "bucket4j",
            Subject.REDIS,
            client,
            "token-bucket",
            Set.of(Peer.Takes.COST, Peer.Takes.CLOCK),
            library,
            setting -> opening.apply(setting, tuned),
            PeerBound.ofLimit(TimeUnit.MILLISECONDS.toMicros(1)),
            tuned ? TUNED_TERMS : TERMS))
        .toList();
  }

  private static PeerLimiter lettuce(Peer.Setting setting, boolean tuned) {
    RedisClient client = RedisClient.create(setting.redis());
    AsyncProxyManager<String> manager = set(
            Bucket4jLettuce.casBasedBuilder(
                client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE))),
            setting)
        .requestTimeout(setting.deadline())
        .build()
        .asAsync();
    Supplier<CompletableFuture<BucketConfiguration>> configuration =
        () -> CompletableFuture.completedFuture(configuration(setting));
    Function<String, AsyncBucketProxy> buckets = tuned
        ? PeerLimiter.kept(key ->
            manager.builder().withOptimization(Optimizations.batching()).build(key, configuration))
        : key -> manager.getProxy(key, configuration);
    return new PeerLimiter() {
      @Override
      public boolean tryAcquire(String key) {
        return tryAcquireAsync(key).toCompletableFuture().join();
      }

      @Override
      public CompletionStage<Boolean> tryAcquireAsync(String key) {
        return bucket(key).tryConsume(1);
      }

      @Override
      public CompletionStage<Answer> ask(String key, long cost) {
        return bucket(key).tryConsumeAndReturnRemaining(cost).thenApply(Bucket4jClock::answer);
      }

      private AsyncBucketProxy bucket(String key) {
        return buckets.apply(setting.namespace() + ":" + key);
      }

      @Override
      public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
      }
    };
  }

  private static PeerLimiter jedis(Peer.Setting setting, boolean tuned) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(MAX_CONNECTIONS);
    pool.setMaxIdle(MAX_CONNECTIONS);
    RedisAddress address = RedisAddress.parse(setting.redis());
    var client = redis.clients.jedis.RedisClient.builder()
        .hostAndPort(address.host(), address.port())
        .clientConfig(JedisClient.login(address)
            .timeoutMillis(Math.toIntExact(setting.deadline().toMillis()))
            .build())
        .poolConfig(pool)
        .build();
    ProxyManager<String> manager = set(
            Bucket4jJedis.casBasedBuilder(client).keyMapper(Mapper.STRING), setting)
        .build();
    BucketConfiguration configuration = configuration(setting);
    Function<String, Bucket> buckets = tuned
        ? PeerLimiter.kept(key -> manager
            .builder()
            .withOptimization(Optimizations.batching())
            .build(key, () -> configuration))
        : key -> manager.getProxy(key, () -> configuration);
    return new PeerLimiter() {
      @Override
      public boolean tryAcquire(String key) {
        return bucket(key).tryConsume(1);
      }

      @Override
      public CompletionStage<Answer> ask(String key, long cost) {
        return CompletableFuture.completedFuture(
            Bucket4jClock.answer(bucket(key).tryConsumeAndReturnRemaining(cost)));
      }

      private Bucket bucket(String key) {
        return buckets.apply(setting.namespace() + ":" + key);
      }

      @Override
      public void close() {
        client.close();
      }
    };
  }

  private static <
          P extends ProxyManager<String>, B extends AbstractProxyManagerBuilder<String, P, B>>
      B set(B builder, Peer.Setting setting) {
    builder.expirationAfterWrite(EXPIRATION);
    TimeSource clock = setting.clock();
    return clock == null ? builder : builder.clientClock(new Bucket4jClock(clock));
  }

  private static BucketConfiguration configuration(Peer.Setting setting) {
    return BucketConfiguration.builder()
        .addLimit(Bucket4jMemory.bandwidth(setting.limit()))
        .build();
  }
}
