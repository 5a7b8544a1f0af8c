package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.server.telemetry.Logged;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DeadlineWarningTest {
  /** In place of the time that a ping takes: it fails. */
  private static final int AWAY = -1;

  private final AtomicLong nanos = new AtomicLong();

  /** Each ping takes the next of these, in milliseconds. */
  private RedisClient redis(List<Integer> pings) {
    Iterator<Integer> next = pings.iterator();
    return (RedisClient) Proxy.newProxyInstance(
        RedisClient.class.getClassLoader(),
        new Class<?>[] {RedisClient.class},
        (self, call, args) -> {
          assertThat(call.getName()).as("nobody is kept waiting").isEqualTo("ping");
          int millis = next.hasNext() ? next.next() : AWAY;
          nanos.addAndGet(Math.abs(millis) * 1_000_000L);
          return millis == AWAY
              ? CompletableFuture.failedFuture(new RedisFailure("planted", null))
              : CompletableFuture.completedFuture("PONG");
        });
  }

  private static ScopedPolicy policy(String name, int millis) {
    return ScopedPolicy.perKey(Policy.of(name, Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(1)))
        .withDeadline(Duration.ofMillis(millis)));
  }

  /** After two looks. */
  private List<String> warnings(List<Integer> pings) {
    Configuration configuration = new Configuration(
        PolicySet.of(
            List.of(policy("short", 2), policy("memory", 1), policy("long", 20)),
            List.of("long"),
            Map.of()),
        Map.of("short", Backend.REDIS, "memory", Backend.MEMORY, "long", Backend.REDIS),
        1);
    try (Logged log = new Logged(DeadlineWarning.class)) {
      DeadlineWarning deadlines = new DeadlineWarning(redis(pings), nanos::get);
      deadlines.of(configuration);
      deadlines.look();
      assertThat(log.lines())
          .hasSameSizeAs(log.warnings())
          .allSatisfy(line -> assertThat(line)
              .containsEntry("event", "deadline_too_short")
              .containsEntry("policy", "short"));
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

  @Test
  void aRedisThatComesLaterIsTriedThen() {
    assertThat(warnings(List.of(50, AWAY, 50, 5, 3, 4, 9))).hasSize(1);
    assertThat(warnings(List.of(AWAY, 50, 5, 2, 4, 9))).isEmpty();
  }
}
