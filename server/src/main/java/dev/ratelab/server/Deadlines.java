package dev.ratelab.server;

import dev.ratelab.limiter.policy.ScopedPolicy;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether Redis can answer within the deadlines of the policies that are decided there. */
final class Deadlines {
  private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);
  private static final int PINGS = 5;
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private Deadlines() {}

  /** Warns of each policy whose deadline is over before the fastest of some empty calls is answered. */
  static void warn(RedisClient redis, LongSupplier nanoTime, Configuration configuration) {
    long fastest = Long.MAX_VALUE;
    try {
      for (int i = 0; i < PINGS; i++) {
        long start = nanoTime.getAsLong();
        redis.pingBlocking(PATIENCE);
        fastest = Math.min(fastest, nanoTime.getAsLong() - start);
      }
    } catch (RedisFailure e) {
      // That Redis does not answer is told elsewhere.
      return;
    }
    for (ScopedPolicy policy : configuration.policies().all()) {
      if (configuration.backends().get(policy.name()) == Backend.REDIS
          && policy.policy().deadline().toNanos() < fastest) {
        LOG.warn(
            "policy {}: its deadline of {} us is under the {} us that Redis takes for an empty call, so its failure policy decides",
            policy.name(),
            policy.policy().deadline().toNanos() / 1_000,
            fastest / 1_000);
      }
    }
  }
}
