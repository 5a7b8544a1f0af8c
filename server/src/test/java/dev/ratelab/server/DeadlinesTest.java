package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.policy.PolicySet;
import dev.ratelab.limiter.policy.ScopedPolicy;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.server.telemetry.Logged;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private final AtomicLong nanos = new AtomicLong();

  /** Each ping takes the next of these, in milliseconds. */
  private RedisClient redis(List<Integer> pings) {
    Iterator<Integer> next = pings.iterator();
    return (RedisClient) Proxy.newProxyInstance(
        RedisClient.class.getClassLoader(),
        new Class<?>[] {RedisClient.class},
        (self, call, args) -> {
          if (!next.hasNext()) {
            throw new RedisFailure("planted", null);
          }
          nanos.addAndGet(next.next() * 1_000_000L);
          return null;
        });
  }

  private static ScopedPolicy policy(String name, int millis) {
    return ScopedPolicy.perKey(Policy.of(name, Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(1)))
        .withDeadline(Duration.ofMillis(millis)));
  }

  private List<String> warnings(List<Integer> pings) {
    Configuration configuration = new Configuration(
        PolicySet.of(
            List.of(policy("short", 2), policy("memory", 1), policy("long", 20)),
            List.of("long"),
            Map.of()),
        Map.of("short", Backend.REDIS, "memory", Backend.MEMORY, "long", Backend.REDIS),
        1);
    try (Logged log = new Logged(Deadlines.class)) {
      Deadlines.warn(redis(pings), nanos::get, configuration);
      return log.warnings();
    }
  }

  /** The first ping of a connection may be slow. */
  @Test
  void aDeadlineUnderTheFastestPingIsWarnedOf() {
    assertThat(warnings(List.of(50, 5, 3, 4, 9)))
        .containsExactly(
            "policy short: its deadline of 2000 us is under the 3000 us that Redis takes for an empty call, so its failure policy decides");
    assertThat(warnings(List.of(50, 5, 2, 4, 9))).isEmpty();
  }

  @Test
  void aRedisThatDoesNotAnswerIsToldElsewhere() {
    assertThat(warnings(List.of(50, 50))).isEmpty();
  }
}
