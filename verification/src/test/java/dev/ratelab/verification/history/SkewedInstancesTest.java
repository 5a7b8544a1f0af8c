package dev.ratelab.verification.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.ForwardingClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Instances whose own clocks are an hour behind, right, and an hour ahead, against one instance: the same checks, spread over
 * them in two ways. They admit what one admits, because none of them sends a time. If they do, they do not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SkewedInstancesTest {
  private static final int INSTANCES = 3;
  private static final int CHECKS = 60;
  private static final Limit LIMIT = Limit.of(24, Duration.ofHours(1));
  private static final long HOUR = TimeUnit.HOURS.toMicros(1);

  /** Half an hour into a window. */
  private static final long FROZEN =
      TimeUnit.SECONDS.toMicros(Instant.parse("2026-01-01T00:30:00Z").getEpochSecond());

  private final Clients clients = new Clients();

  @AfterAll
  void close() {
    clients.close();
  }

  private static int inRounds(int check) {
    return check % INSTANCES;
  }

  private static int inTurns(int check) {
    return check * INSTANCES / CHECKS;
  }

  private static int onlyTheRightOne(int check) {
    return 1;
  }

  private interface Instances {
    RateLimiter of(int instance, RedisClient client, String namespace);
  }

  @ParameterizedTest
  @EnumSource
  void admitWhatOneInstanceAdmits(Algorithm algorithm) {
    Policy policy = policy(algorithm);
    Instances instances = (instance, client, namespace) -> RateLimiters.onRedis(
        new ForwardingClient(client, SkewedInstancesTest::timeless), namespace);
    long before = clients.serverMicros();
    List<Decision> one = decide(policy, instances, SkewedInstancesTest::onlyTheRightOne);
    List<Decision> inRounds = decide(policy, instances, SkewedInstancesTest::inRounds);
    List<Decision> inTurns = decide(policy, instances, SkewedInstancesTest::inTurns);

    clients.assumeNothingCameBackSince(before, LIMIT);
    assertThat(admitted(one)).isEqualTo(24);
    assertThat(admitted(inRounds)).isEqualTo(24);
    assertThat(admitted(inTurns)).isEqualTo(24);
    assertThat(inRounds).extracting(Decision::allowed).isEqualTo(allowed(one));
    assertThat(inTurns).extracting(Decision::allowed).isEqualTo(allowed(one));
  }

  /** Where each instance sends its own time, the test can hold all three clocks still, each where it is. */
  @ParameterizedTest
  @EnumSource
  void onClocksOfTheirOwnAdmitOtherwise(Algorithm algorithm) {
    Policy policy = policy(algorithm);
    Instances instances = (instance, client, namespace) ->
        RateLimiters.onRedis(client, namespace, () -> FROZEN + (instance - 1) * HOUR);

    assertThat(admitted(decide(policy, instances, SkewedInstancesTest::onlyTheRightOne)))
        .isEqualTo(24);

    // The slowest clock's instance uses the limit up; to the next one that was a window ago, and so
    // again. Half an hour into a window
    // the counter still has half of the previous one: 24 + 12 + 18. Ten buckets begin anew then,
    // and have all of it: 24 + 0 + 24.
    assertThat(admitted(decide(policy, instances, SkewedInstancesTest::inTurns)))
        .isEqualTo(
            switch (algorithm) {
              case SLIDING_WINDOW_COUNTER -> 54;
              case SLIDING_WINDOW_BUCKETS -> 48;
              default -> 72;
            });

    // The first check of the instance ahead makes the 1 and the 2 before it a window old, and the
    // other two are locked out
    // from then on. The counter still has half of the 2, ten buckets all of it.
    List<Decision> inRounds = decide(policy, instances, SkewedInstancesTest::inRounds);
    assertThat(admitted(inRounds))
        .isEqualTo(
            switch (algorithm) {
              case SLIDING_WINDOW_COUNTER -> 26;
              case SLIDING_WINDOW_BUCKETS -> 25;
              default -> 27;
            });
    for (int check = INSTANCES; check < CHECKS; check++) {
      assertThat(inRounds.get(check).allowed() && inRounds(check) != 2).isFalse();
    }
  }

  /** The guard of the first test notices a time that is sent. */
  @Test
  void aTimeOfTheCallersIsNoticed() {
    Policy policy = policy(Algorithm.GCRA);
    RateLimiter limiter = RateLimiters.onRedis(
        new ForwardingClient(clients.of(0), SkewedInstancesTest::timeless),
        "skew-" + UUID.randomUUID(),
        () -> FROZEN);

    assertThat(limiter.check(Request.of(policy, "k", 1)).decision().decidedBy())
        .isEqualTo(FailurePolicy.FAIL_CLOSED);
  }

  /** The script, refusing to run with a time of the caller's. */
  private static Script timeless(Script script) {
    return Script.of(
        script.name(),
        "if ARGV[2] then return redis.error_reply('a time was sent') end\n"
            + new String(script.text(), StandardCharsets.UTF_8));
  }

  private static Policy policy(Algorithm algorithm) {
    return Policy.of("p", algorithm, LIMIT).withDeadline(Clients.DEADLINE);
  }

  /** Makes the checks one after the other, each at the instance that the order names, each instance with its own client. */
  private List<Decision> decide(Policy policy, Instances instances, IntUnaryOperator order) {
    String namespace = "skew-" + UUID.randomUUID();
    List<RateLimiter> limiters = new ArrayList<>();
    for (int i = 0; i < INSTANCES; i++) {
      limiters.add(instances.of(i, clients.of(2 * i), namespace));
    }
    List<Decision> decisions = new ArrayList<>();
    for (int check = 0; check < CHECKS; check++) {
      decisions.add(limiters
          .get(order.applyAsInt(check))
          .check(Request.of(policy, "k", cost(check)))
          .decision());
    }
    clients.remove(namespace, policy, List.of("k"));
    assertThat(decisions).allMatch(decision -> decision.decidedBy() == null);
    return decisions;
  }

  /** 1, 2 and 3, shifted from round to round, so that every instance has all of them. */
  private static long cost(int check) {
    return 1L + (check + check / INSTANCES) % 3;
  }

  private static long admitted(List<Decision> decisions) {
    long total = 0;
    for (int check = 0; check < CHECKS; check++) {
      total += decisions.get(check).allowed() ? cost(check) : 0;
    }
    return total;
  }

  private static List<Boolean> allowed(List<Decision> decisions) {
    return decisions.stream().map(Decision::allowed).toList();
  }
}
