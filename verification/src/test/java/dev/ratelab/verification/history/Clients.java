package dev.ratelab.verification.history;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.TestRedis;
import java.time.Duration;
import java.util.List;

/** Two instances' worth of each client, each with connections of its own, as if in processes of their own. */
final class Clients implements AutoCloseable {
  /** Longer than any server is held up, since what is tested here is not the deadline. */
  static final Duration DEADLINE = Duration.ofMinutes(10);

  private static final Script REMOVE =
      Script.of("remove", "return {redis.call('UNLINK', KEYS[1])}");
  private static final Script TIME =
      Script.of("time", "local t = redis.call('TIME') return {t[1] * 1000000 + t[2]}");

  private final List<RedisClient> clients = List.of(
      LettuceClient.connect(TestRedis.address()),
      JedisClient.connect(TestRedis.address()),
      LettuceClient.connect(TestRedis.address()),
      JedisClient.connect(TestRedis.address()));

  /** The client of a thread, so that each client serves several. */
  RedisClient of(int thread) {
    return clients.get(thread / 2 % clients.size());
  }

  /** Removes what a policy keeps in a namespace for these keys. */
  void remove(String namespace, Policy policy, List<String> keys) {
    keys.forEach(key -> remove(namespace, Request.of(policy, key, 1)));
  }

  /** Removes what a request's policies keep in a namespace for it. */
  void remove(String namespace, Request request) {
    RedisRateLimiter names = RateLimiters.onRedis(clients.get(0), namespace);
    request
        .policies()
        .forEach(policy ->
            clients.get(0).run(REMOVE, names.redisKey(request, policy), List.of(), DEADLINE));
  }

  /** The server's clock. */
  long serverMicros() {
    return clients.get(0).run(TIME, new byte[] {'t'}, List.of(), DEADLINE).get(0);
  }

  /** Ends a test as not made unless nothing of a full limit has come back since an instant of the server's clock. */
  void assumeNothingCameBackSince(long before, Limit limit) {
    long after = serverMicros();
    assumeTrue(
        before <= after
            && after - before < limit.windowMicros() / limit.permits()
            && before / limit.windowMicros() == after / limit.windowMicros(),
        "a permit came back, a window ended or the server's clock was set back meanwhile");
  }

  @Override
  public void close() {
    clients.forEach(RedisClient::close);
  }
}
