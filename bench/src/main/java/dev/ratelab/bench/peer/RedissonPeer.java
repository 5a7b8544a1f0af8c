package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import org.redisson.Redisson;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;

/** Redisson's RRateLimiter over its own client. */
final class RedissonPeer implements PeerLimiter {
  static final Peer PEER = new Peer(
      "redisson",
      Subject.REDIS,
      "redisson",
      "sliding-window-log",
      Set.of(Peer.Takes.COST),
      RRateLimiter.class,
      RedissonPeer::new,
      new PeerBound(
          limit -> new OracleRule(
              limit.permits(), TimeUnit.MILLISECONDS.toMicros(window(limit).toMillis()), 1),
          TimeUnit.MILLISECONDS.toMicros(1)),
      new Peer.Terms(
          "N in every window of length W by the callers' clocks: each admission is an entry of a sorted set",
          "no burst; the time is the caller's, in milliseconds, and W is cut to them",
          "a boolean; the wait only inside its blocking calls",
          "an RRateLimiter of the key's name, kept once its rate is set, which is a round trip",
          "an hour after the last request, since we ask for it; never by default",
          "one script by EVALSHA: 1 round trip"));

  // Redisson refuses to keep a key for less than the window.
  private static final Duration KEPT_AFTER_WINDOW = Duration.ofHours(1);
  private static final Duration MILLISECOND = Duration.ofMillis(1);

  private record Limiter(RRateLimiter limiter, CompletionStage<?> ready) {}

  private final ConcurrentMap<String, Limiter> limiters = new ConcurrentHashMap<>();
  private final RedissonClient client;
  private final Peer.Setting setting;
  private final Duration window;

  private RedissonPeer(Peer.Setting setting) {
    this.setting = setting;
    window = window(setting.limit());
    // Redisson takes no URL without a port, and reads no database in it.
    RedisAddress address = RedisAddress.parse(Objects.requireNonNull(setting.redis()));
    Config config = new Config();
    config
        .useSingleServer()
        .setAddress("%s://%s:%s"
            .formatted(
                address.tls() ? "rediss" : "redis",
                address.host().contains(":") ? "[" + address.host() + "]" : address.host(),
                address.port()))
        .setDatabase(address.database())
        .setTimeout((int) setting.deadline().toMillis());
    if (address.password() != null) {
      config.setUsername(address.user()).setPassword(address.password());
    }
    client = Redisson.create(config);
  }

  private static Duration window(Limit limit) {
    Duration exact = limit.window();
    return exact.compareTo(MILLISECOND) < 0 ? MILLISECOND : exact;
  }

  @Override
  public boolean tryAcquire(String key) {
    Limiter limiter = limiter(key);
    limiter.ready.toCompletableFuture().join();
    return limiter.limiter.tryAcquire();
  }

  @Override
  public CompletionStage<Boolean> tryAcquireAsync(String key) {
    Limiter limiter = limiter(key);
    return limiter.ready.thenCompose(set -> limiter.limiter.tryAcquireAsync());
  }

  @Override
  public CompletionStage<Answer> ask(String key, long cost) {
    Limiter limiter = limiter(key);
    return limiter.ready.thenCompose(
        set -> limiter.limiter.tryAcquireAsync(cost).thenApply(Answer::of));
  }

  private Limiter limiter(String key) {
    Limiter known = limiters.get(key);
    return known == null ? limiters.computeIfAbsent(key, this::fresh) : known;
  }

  private Limiter fresh(String key) {
    RRateLimiter limiter = client.getRateLimiter(setting.namespace() + ":" + key);
    return new Limiter(
        limiter,
        limiter.trySetRateAsync(
            RateType.OVERALL, setting.limit().permits(), window, window.plus(KEPT_AFTER_WINDOW)));
  }

  @Override
  public void close() {
    try {
      if (!limiters.isEmpty() && !setting.shared()) {
        client.getKeys().deleteByPattern("*" + setting.namespace() + ":*");
      }
    } finally {
      client.shutdown();
    }
  }
}
