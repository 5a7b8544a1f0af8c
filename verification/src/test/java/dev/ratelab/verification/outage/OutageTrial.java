package dev.ratelab.verification.outage;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.LongStream;

/** What an outage is tried on: the limiter's policy and its client. */
public record OutageTrial(Policy policy, Function<RedisAddress, RedisClient> connect) {
  private static final String NAMESPACE = "outage";
  private static final long PERMITS = 10;
  private static final Duration DEADLINE = Duration.ofMillis(400);

  /** Longer than a trial takes, with the step of a clock. */
  private static final long MARGIN_MICROS = TimeUnit.HOURS.toMicros(3);

  /** A policy that fails closed, with a limit that does not refill while a trial lasts. */
  public static OutageTrial of(Algorithm algorithm, Function<RedisAddress, RedisClient> connect) {
    return new OutageTrial(
        Policy.of("p", algorithm, Limit.of(PERMITS, window())).withDeadline(DEADLINE), connect);
  }

  public OutageTrial onFailure(FailurePolicy other) {
    return new OutageTrial(policy.onFailure(other), connect);
  }

  /** The same on blocks that the instance borrows: what is charged is what was borrowed, so no bound is another. */
  public OutageTrial leased() {
    return new OutageTrial(policy.withLease(Lease.of(3, Duration.ofSeconds(1))), connect);
  }

  RedisClient client(RedisAddress address) {
    return connect.apply(address);
  }

  RedisRateLimiter limiter(RedisClient client) {
    return RateLimiters.onRedis(client, NAMESPACE);
  }

  /** What callers ask: the limiter itself, or one that lends before it. */
  RateLimiter asked(RedisRateLimiter limiter) {
    TimeSource time = TimeSource.monotonic();
    return policy.lease() == null
        ? limiter
        : RateLimiters.leased(RateLimiters.guarded(limiter, Guard.defaults(), time), time);
  }

  /** One permit of a key's. */
  Request request(String key) {
    return Request.of(policy, key, 1);
  }

  /** The same with all the time that it may need. */
  Request patient(String key) {
    return Request.of(policy.withDeadline(Duration.ofMinutes(2)), key, 1);
  }

  /** The name in Redis of a key's state. */
  byte[] redisKey(RedisRateLimiter limiter, String key) {
    return limiter.redisKey(request(key), ScopedPolicy.perKey(policy));
  }

  /** About a month, and so that no window of it begins or ends while a trial lasts. */
  private static Duration window() {
    long now = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    return LongStream.of(31, 30, 29)
        .map(TimeUnit.DAYS::toMicros)
        .filter(window -> now % window > MARGIN_MICROS && window - now % window > MARGIN_MICROS)
        .mapToObj(window -> Duration.ofMillis(TimeUnit.MICROSECONDS.toMillis(window)))
        .findFirst()
        .orElseThrow();
  }
}
