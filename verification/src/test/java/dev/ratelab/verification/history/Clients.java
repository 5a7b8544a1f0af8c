package dev.ratelab.verification.history;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
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

  private final List<RedisClient> clients = List.of(
      LettuceClient.connect(TestRedis.address()),
      JedisClient.connect(TestRedis.address()),
      LettuceClient.connect(TestRedis.address()),
      JedisClient.connect(TestRedis.address()));

  int size() {
    return clients.size();
  }

  /** The client of a thread, so that each client serves several. */
  RedisClient of(int thread) {
    return clients.get(thread / 2 % clients.size());
  }

  /** Removes what a policy keeps in a namespace for these keys. */
  void remove(String namespace, Policy policy, List<String> keys) {
    RedisRateLimiter names = RateLimiters.onRedis(clients.get(0), namespace);
    for (String key : keys) {
      byte[] name = names.redisKey(Request.of(policy, key, 1), ScopedPolicy.perKey(policy));
      clients.get(0).run(REMOVE, name, List.of(), DEADLINE);
    }
  }

  @Override
  public void close() {
    clients.forEach(RedisClient::close);
  }
}
