package dev.ratelab.limiter.factory;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.lease.LeasedRateLimiter;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.memory.StoreBound;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.util.function.BiFunction;

/**
 * Makes every limiter: the one that is served is the one that is measured and proved. A client stays the caller's to close. A
 * namespace keeps applications on one Redis apart: 1 to 64 of {@code A-Z a-z 0-9 . _ -}; each method throws
 * {@link IllegalArgumentException} if it is not.
 */
public final class RateLimiters {
  private RateLimiters() {}

  /** In this process, on the machine's monotone clock, bounded at {@link StoreBound#defaultKeys} counters. */
  public static MemoryRateLimiter inMemory() {
    return inMemory(TimeSource.monotonic(), StoreBound.defaultKeys());
  }

  /**
   * In this process, on a clock of the caller's.
   *
   * @param maxCounters the most counters held, 1 to {@link StoreBound#mostKeys}; a long log counts as several
   * @throws IllegalArgumentException if maxCounters is not in that range
   */
  public static MemoryRateLimiter inMemory(TimeSource time, long maxCounters) {
    return MemoryRateLimiter.of(time, maxCounters);
  }

  /** On Redis and its clock, guarded: what {@code ratelab serve} asks, and what an application should. */
  public static GuardedRateLimiter guarded(RedisClient client, String namespace, Guard guard) {
    return guarded(onRedis(client, namespace), guard, TimeSource.monotonic());
  }

  /** Any limiter, guarded, its breaker, queue and local shares on a clock of the caller's: for tests and experiments. */
  public static GuardedRateLimiter guarded(RateLimiter backend, Guard guard, TimeSource time) {
    return new GuardedRateLimiter(backend, guard, inMemory(time, StoreBound.defaultKeys()), time);
  }

  /**
   * A guarded limiter, and before it what this instance borrows of the policies that have a lease.
   *
   * @param time the clock by which what is borrowed ends; it must never go back
   */
  public static LeasedRateLimiter leased(GuardedRateLimiter guarded, TimeSource time) {
    return leased(guarded, guarded::answer, time);
  }

  /**
   * The same before any limiter: for tests and experiments.
   *
   * @param failing what the failure policies answer to a request that was not decided
   */
  public static LeasedRateLimiter leased(
      RateLimiter backend,
      BiFunction<Request, FailureReason, RequestDecision> failing,
      TimeSource time) {
    return LeasedRateLimiter.of(backend, failing, time);
  }

  /** On Redis and its clock, each request sent to it whatever became of those before: for who wants to see every failure. */
  public static RedisRateLimiter onRedis(RedisClient client, String namespace) {
    return RedisRateLimiter.of(client, namespace);
  }

  /**
   * On Redis and a clock of the caller's, for tests and experiments: callers whose clocks differ would not share one limit. State is
   * kept for an hour longer than it counts, because Redis expires it by its own clock.
   */
  public static RedisRateLimiter onRedis(RedisClient client, String namespace, TimeSource time) {
    return RedisRateLimiter.of(client, namespace, time);
  }
}
