package dev.ratelab.bench.peer;

import com.google.common.util.concurrent.RateLimiter;
import dev.failsafe.RateLimiterBuilder;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.verification.conform.tested.Answer;
import dev.ratelab.verification.oracle.OracleRule;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.local.LocalBucketBuilder;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.ratelimiter.internal.AtomicRateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
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
      Set.of(Peer.Takes.COST, Peer.Takes.CLOCK),
      Bucket.class,
      setting -> new MemoryPeer<>(
          kept(() -> bucket(setting)),
          bucket -> bucket.tryConsume(1),
          (bucket, cost) -> Bucket4jClock.answer(bucket.tryConsumeAndReturnRemaining(cost))),
      PeerBound.ofLimit(TimeUnit.MILLISECONDS.toMicros(1)),
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
      Set.of(Peer.Takes.COST, Peer.Takes.CLOCK),
      RateLimiterRegistry.class,
      setting -> new MemoryPeer<>(
          resilience4j(setting),
          io.github.resilience4j.ratelimiter.RateLimiter::acquirePermission,
          (limiter, cost) -> Answer.of(limiter.acquirePermission(Math.toIntExact(cost)))),
      PeerBound.ofLimit(1),
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
      Set.of(Peer.Takes.COST),
      RateLimiter.class,
      setting -> new MemoryPeer<>(
          kept(() -> RateLimiter.create(perSecond(setting.limit()))),
          RateLimiter::tryAcquire,
          (limiter, cost) -> Answer.of(limiter.tryAcquire(Math.toIntExact(cost)))),
      new PeerBound(MemoryPeer::aSecondAndALoan, 1),
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
      Set.of(Peer.Takes.COST),
      dev.failsafe.RateLimiter.class,
      setting -> failsafe(dev.failsafe.RateLimiter.burstyBuilder(
          setting.limit().permits(), setting.limit().window())),
      PeerBound.ofLimit(1),
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
      Set.of(Peer.Takes.COST),
      dev.failsafe.RateLimiter.class,
      setting -> failsafe(dev.failsafe.RateLimiter.smoothBuilder(interval(setting.limit()))),
      new PeerBound(MemoryPeer::oneAnInterval, 1),
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

  private final Function<String, L> limiters;
  private final Predicate<L> acquire;
  private final BiFunction<L, Long, Answer> verbose;

  private MemoryPeer(
      Function<String, L> limiters, Predicate<L> acquire, BiFunction<L, Long, Answer> verbose) {
    this.limiters = limiters;
    this.acquire = acquire;
    this.verbose = verbose;
  }

  @Override
  public boolean tryAcquire(String key) {
    return acquire.test(limiters.apply(key));
  }

  @Override
  public CompletionStage<Answer> ask(String key, long cost) {
    return CompletableFuture.completedFuture(verbose.apply(limiters.apply(key), cost));
  }

  private static <L> Function<String, L> kept(Supplier<L> fresh) {
    ConcurrentMap<String, L> limiters = new ConcurrentHashMap<>();
    return key -> {
      L limiter = limiters.get(key);
      return limiter == null ? limiters.computeIfAbsent(key, k -> fresh.get()) : limiter;
    };
  }

  private static Bucket bucket(Peer.Setting setting) {
    LocalBucketBuilder builder = Bucket.builder().addLimit(bandwidth(setting.limit()));
    TimeSource clock = setting.clock();
    if (clock != null) {
      builder.withCustomTimePrecision(new Bucket4jClock(clock));
    }
    return builder.build();
  }

  private static Function<String, io.github.resilience4j.ratelimiter.RateLimiter> resilience4j(
      Peer.Setting setting) {
    RateLimiterConfig config = RateLimiterConfig.custom()
        .limitForPeriod(Math.toIntExact(setting.limit().permits()))
        .limitRefreshPeriod(setting.limit().window())
        .timeoutDuration(Duration.ZERO)
        .build();
    TimeSource clock = setting.clock();
    // A registry hands no clock on.
    return clock == null
        ? RateLimiterRegistry.of(config)::rateLimiter
        : kept(
            () -> new AtomicRateLimiter("on a given clock", config, () -> clock.micros() * 1_000));
  }

  private static double perSecond(Limit limit) {
    return (double) limit.permits() * TimeUnit.SECONDS.toMicros(1) / limit.windowMicros();
  }

  private static Duration interval(Limit limit) {
    Duration exact = limit.window().dividedBy(limit.permits());
    return exact.isZero() ? Duration.ofNanos(1) : exact;
  }

  private static OracleRule aSecondAndALoan(Limit limit) {
    long stored = (long) Math.ceil(perSecond(limit));
    return new OracleRule(limit.permits(), limit.windowMicros(), stored + 1);
  }

  private static OracleRule oneAnInterval(Limit limit) {
    return new OracleRule(1, Math.max(1, limit.windowMicros() / limit.permits()), 1);
  }

  private static PeerLimiter failsafe(RateLimiterBuilder<Object> builder) {
    return new MemoryPeer<>(
        kept(builder::build),
        dev.failsafe.RateLimiter::tryAcquirePermit,
        (limiter, cost) -> Answer.of(limiter.tryAcquirePermits(Math.toIntExact(cost))));
  }

  private static Peer peer(
      String name,
      String algorithm,
      Set<Peer.Takes> takes,
      Class<?> library,
      Function<Peer.Setting, PeerLimiter> opening,
      PeerBound bound,
      Peer.Terms terms) {
    return new Peer(name, Peer.MEMORY, Peer.NONE, algorithm, takes, library, opening, bound, terms);
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
