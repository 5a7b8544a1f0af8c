package dev.ratelab.bench.peer;

import com.google.common.util.concurrent.RateLimiter;
import dev.ratelab.limiter.Limit;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A peer in memory that knows no keys: a limiter of its own for each.
 *
 * @param <L> a key's limiter
 */
// Guava marks its limiter @Beta: what it is called may change.
@SuppressWarnings("UnstableApiUsage")
final class MemoryPeer<L> implements PeerLimiter {
  private static final String BOOLEAN = "a boolean";
  private static final String KEYED = " for each key in a ConcurrentHashMap";
  private static final String NEVER = "never";
  private static final String LOCK = "a lock for each key";

  private static final Peer BUCKET4J = peer(
      "bucket4j",
      "token-bucket",
      Bucket.class,
      limit -> new MemoryPeer<>(
          () -> Bucket.builder().addLimit(bandwidth(limit)).build(),
          bucket -> bucket.tryConsume(1)),
      new Peer.Terms(
          "at most B + N·t/W in every t: a bucket of B tokens, full at first, refilled continuously, in integers",
          "its clock counts milliseconds by default; more than one permit a nanosecond is cut to one",
          "a boolean; its verbose calls add the remaining tokens and the wait",
          "a bucket" + KEYED,
          NEVER,
          "a compare-and-set loop on the bucket's state"));

  private static final Peer RESILIENCE4J = peer(
      "resilience4j",
      "fixed-window",
      RateLimiterRegistry.class,
      limit -> {
        RateLimiterRegistry registry = RateLimiterRegistry.of(RateLimiterConfig.custom()
            .limitForPeriod(Math.toIntExact(limit.permits()))
            .limitRefreshPeriod(limit.window())
            .timeoutDuration(Duration.ZERO)
            .build());
        return key -> registry.rateLimiter(key).acquirePermission();
      },
      new Peer.Terms(
          "N in each cycle of length W since the key's first request, so 2N around a cycle's end",
          "no burst",
          BOOLEAN,
          "a name in the RateLimiterRegistry",
          NEVER,
          "a compare-and-set loop on the limiter's state"));

  private static final Peer GUAVA = peer(
      "guava",
      "token-bucket",
      RateLimiter.class,
      limit -> {
        double perSecond =
            (double) limit.permits() * TimeUnit.SECONDS.toMicros(1) / limit.windowMicros();
        return new MemoryPeer<>(() -> RateLimiter.create(perSecond), RateLimiter::tryAcquire);
      },
      new Peer.Terms(
          "at most R·(1 s + t) + 1 in every t, R = N/W: a bucket of a second's permits, empty at first, that lends one",
          "the burst is that of one second whatever W and B are, and a key's first request is followed by a pause of W/N",
          BOOLEAN,
          "a RateLimiter" + KEYED,
          NEVER,
          LOCK));

  private static final Peer FAILSAFE_BURSTY = peer(
      "failsafe-bursty",
      "fixed-window",
      dev.failsafe.RateLimiter.class,
      limit -> new MemoryPeer<>(
          () -> dev.failsafe.RateLimiter.burstyBuilder(limit.permits(), limit.window())
              .build(),
          dev.failsafe.RateLimiter::tryAcquirePermit),
      new Peer.Terms(
          "N in each period of length W since the key's first request, so 2N around a period's end",
          "no burst",
          BOOLEAN,
          "a RateLimiter" + KEYED,
          NEVER,
          LOCK));

  // What GCRA with a burst of 1 is by the interval since the last admission, this is by a grid of
  // intervals.
  private static final Peer FAILSAFE_SMOOTH = peer(
      "failsafe-smooth",
      "fixed-window",
      dev.failsafe.RateLimiter.class,
      limit -> {
        Duration exact = limit.window().dividedBy(limit.permits());
        Duration interval = exact.isZero() ? Duration.ofNanos(1) : exact;
        return new MemoryPeer<>(
            () -> dev.failsafe.RateLimiter.smoothBuilder(interval).build(),
            dev.failsafe.RateLimiter::tryAcquirePermit);
      },
      new Peer.Terms(
          "one in each interval of length W/N since the key's first request, so two around an interval's end",
          "no burst: of N at once it admits one; W/N is cut to whole nanoseconds",
          BOOLEAN,
          "a RateLimiter" + KEYED,
          NEVER,
          LOCK));

  /** In the order shown. */
  static final List<Peer> ALL =
      List.of(BUCKET4J, RESILIENCE4J, GUAVA, FAILSAFE_BURSTY, FAILSAFE_SMOOTH);

  private final ConcurrentMap<String, L> limiters = new ConcurrentHashMap<>();
  private final Supplier<L> fresh;
  private final Predicate<L> acquire;

  private MemoryPeer(Supplier<L> fresh, Predicate<L> acquire) {
    this.fresh = fresh;
    this.acquire = acquire;
  }

  @Override
  public boolean tryAcquire(String key) {
    L limiter = limiters.get(key);
    if (limiter == null) {
      limiter = limiters.computeIfAbsent(key, k -> fresh.get());
    }
    return acquire.test(limiter);
  }

  private static Peer peer(
      String name,
      String algorithm,
      Class<?> library,
      Function<Limit, PeerLimiter> opening,
      Peer.Terms terms) {
    return new Peer(
        name,
        Peer.MEMORY,
        Peer.NONE,
        algorithm,
        library,
        setting -> opening.apply(setting.limit()),
        terms);
  }

  /** A limit in Bucket4j's words. */
  static Bandwidth bandwidth(Limit limit) {
    // It refuses more than one token a nanosecond.
    long permits = Math.min(limit.permits(), limit.window().toNanos());
    return Bandwidth.builder()
        .capacity(limit.burst())
        .refillGreedy(permits, limit.window())
        .build();
  }
}
