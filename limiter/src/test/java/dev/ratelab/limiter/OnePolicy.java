package dev.ratelab.limiter;

import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A limiter that tests ask with requests of one policy without a tenant.
 *
 * @param <L> its kind
 */
public record OnePolicy<L extends RateLimiter>(Policy policy, L limiter) {
  /** A thousand in a window that ends during no test, and a deadline that nothing misses. */
  public static final Policy PATIENT = Policy.of(
          "p", Algorithm.FIXED_WINDOW, Limit.of(1_000, Duration.ofDays(31)))
      .withDeadline(Duration.ofMinutes(1));

  public static OnePolicy<RateLimiter> inMemory(Policy policy, TimeSource time) {
    return new OnePolicy<>(policy, RateLimiters.inMemory(time, 1_000));
  }

  public static OnePolicy<RedisRateLimiter> onRedis(
      Policy policy, RedisClient client, String namespace) {
    return new OnePolicy<>(policy, RateLimiters.onRedis(client, namespace));
  }

  public static OnePolicy<RedisRateLimiter> onRedis(
      Policy policy, RedisClient client, String namespace, TimeSource time) {
    return new OnePolicy<>(policy, RateLimiters.onRedis(client, namespace, time));
  }

  public Request request(String key, long cost) {
    return Request.of(policy, key, cost);
  }

  public Decision check(String key, long cost) {
    return limiter.check(request(key, cost)).decision();
  }

  public CompletableFuture<Decision> checkAsync(String key, long cost) {
    return limiter
        .checkAsync(request(key, cost))
        .thenApply(RequestDecision::decision)
        .toCompletableFuture();
  }

  public List<Decision> checkAll(List<Request> requests) {
    return limiter.checkAll(requests).stream()
        .map(answer -> answer.toCompletableFuture().join().decision())
        .toList();
  }

  /** Of a limiter on Redis. */
  public byte[] redisKey(String key) {
    return ((RedisRateLimiter) limiter).redisKey(request(key, 1), ScopedPolicy.perKey(policy));
  }
}
