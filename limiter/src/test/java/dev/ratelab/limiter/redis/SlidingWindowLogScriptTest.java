package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The log's script where the log is long: what it decides, and what that costs the server. */
class SlidingWindowLogScriptTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final long START = 1_800_000_000_000_000L;
  private static final long GAP = LargeLog.GAP;
  private static final long DAY = 86_400_000_000L;
  private static final int SMALL = 100;
  private static final List<Integer> LARGE = List.of(10_000, 100_000);

  /** More than this many times what a small log costs is too much. */
  private static final long MOST = 10;

  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.own();

  private static final RedisClient client = redis.client(Library.JEDIS);

  private final ManualTime time = new ManualTime(START);

  @BeforeEach
  void empty() {
    redis.call("FLUSHALL");
  }

  /** Pages so small that they, and the pages of their first records, come and go; and pages as they are. */
  @ParameterizedTest
  @CsvSource({"1, 2, 1", "2, 8, 1", "4, 4, 16", "32, 512, 16"})
  void decidesAsInMemoryWhateverThePages(int tail, int page, int drops) {
    Script script = paged(Script.of(Algorithm.SLIDING_WINDOW_LOG), tail, page, drops);
    Script batch = paged(Script.batch(), tail, page, drops);
    Limit limit = new Limit(2_000, 2_000, 2_000);
    ScopedPolicy log = ScopedPolicy.perKey(Policy.of("log", Algorithm.SLIDING_WINDOW_LOG, limit));
    ScopedPolicy ample = ScopedPolicy.perKey(
        Policy.of("ample", Algorithm.GCRA, new Limit(Limit.MAX_PERMITS, 2_000, Limit.MAX_PERMITS)));
    CounterKeys counters = new CounterKeys("n");
    SlidingWindowLog memory = new SlidingWindowLog(limit);
    Random random = new Random(5);
    Log state = null;
    long now = START;
    int denied = 0;
    for (int i = 0; i < 6_000; i++) {
      // Busy and quiet times in turn, and now and then a clock that goes back.
      boolean busy = i / 1_500 % 2 == 0;
      now += random.nextInt(busy ? 3 : 300);
      long asked = random.nextInt(50) == 0 ? now - random.nextInt(3_000) : now;
      long cost = random.nextInt(1, random.nextInt(10) == 0 ? 2_001 : 3);

      Step<Log> step = memory.apply(state, asked, cost);
      List<Long> reply =
          client.run(script, List.of(bytes("log")), arguments(limit, cost, asked), LONG);
      Request request = new Request(null, "k", cost, List.of(log, ample));
      BatchCall call = BatchCall.of(List.of(BatchCall.Asked.of(request, counters, asked)));
      List<Long> together = client.run(batch, call.keys(), call.arguments(), LONG);

      Decision expected = step.decision();
      assertThat(reply)
          .as("request %d", i)
          .containsExactly(
              expected.allowed() ? 1L : 0L,
              expected.remaining(),
              expected.retryAfterMicros(),
              expected.resetAfterMicros(),
              0L);
      assertThat(together.subList(0, 5))
          .as("request %d, with another policy", i)
          .isEqualTo(reply);
      state = step.state();
      denied += expected.allowed() ? 0 : 1;
    }
    assertThat(denied).isBetween(300, 5_000);
  }

  private static Script paged(Script script, int tail, int page, int drops) {
    String text = new String(script.text(), StandardCharsets.UTF_8);
    assertThat(text).contains("TAIL, PAGE = 32, 512").contains("DROPS = 16");
    return Script.of(
        "paged " + script.name(),
        text.replace("TAIL, PAGE = 32, 512", "TAIL, PAGE = %d, %d".formatted(tail, page))
            .replace("DROPS = 16", "DROPS = " + drops));
  }

  /**
   * The best of many in one run, by the server's own clock, and how often a decision reads: so that neither walks, be it to
   * what has left the window, or to when enough will have.
   */
  @Test
  void aDecisionCostsHardlyMoreInALargeLogThanInASmallOne() {
    List<Cost> small = costs(SMALL);
    for (int entries : LARGE) {
      List<Cost> large = costs(entries);
      for (int i = 0; i < small.size(); i++) {
        Cost cost = large.get(i);
        assertThat(cost.micros)
            .as("%s at %d entries, and %s at %d", cost, entries, small.get(i), SMALL)
            .isLessThanOrEqualTo(MOST * small.get(i).micros);
        assertThat(cost.reads).as("%s at %d entries", cost, entries).isLessThan(20);
      }
    }
  }

  /** Pages leave a few at an admission: so many admissions as there are pages, through 16, bring a log back to nothing. */
  @Test
  void whatHasLeftAtOnceIsDroppedBitByBit() {
    Policy policy = policy(100_000);
    OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(policy, client, "n", time);
    byte[] key = limiter.redisKey("k");
    LargeLog.store(redis, key, 50_000, START);
    long full = redis.number("MEMORY", "USAGE", key, "SAMPLES", "0");
    assertThat(full).isBetween(550_000L, 700_000L);

    time.set(START + 50_000 * GAP + DAY);
    for (int i = 0; i < 50_000 / 512 / 16 + 1; i++) {
      assertThat(limiter.check("k", 1).remaining()).isEqualTo(99_999 - i);
    }

    assertThat(redis.number("HLEN", key)).isLessThanOrEqualTo(3);
    assertThat(redis.number("MEMORY", "USAGE", key, "SAMPLES", "0")).isLessThan(10_000);
  }

  /** Under a key of its own, so that nobody reads a state as what it is not. */
  @Test
  void aStateThatAnOlderVersionStoredIsNotRead() {
    Policy policy = Policy.of("p", Algorithm.SLIDING_WINDOW_LOG, Limit.of(10, LONG));
    String key =
        new String(OnePolicy.onRedis(policy, client, "n").redisKey("k"), StandardCharsets.UTF_8);

    assertThat(key)
        .startsWith("n:p:")
        .doesNotStartWith("n:p:qu9ZXe:")
        .doesNotStartWith("n:p:u5I36g:");
  }

  /**
   * What one kind of decision costs.
   *
   * @param kind what it is
   * @param micros the best of many
   * @param reads how many fields each reads
   */
  private record Cost(String kind, long micros, long reads) {}

  private List<Cost> costs(int entries) {
    redis.call("FLUSHALL");
    OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(policy(entries), client, "n", time);
    LargeLog.store(redis, limiter.redisKey("k"), entries, START);
    RedisRateLimiter joint = RedisRateLimiter.of(client, "n", time);
    ScopedPolicy log = ScopedPolicy.perKey(policy(entries));
    ScopedPolicy other = ScopedPolicy.perKey(
        Policy.of("o", Algorithm.FIXED_WINDOW, Limit.of(entries, Duration.ofDays(1)))
            .withDeadline(LONG));
    Request asked = new Request(null, "j", entries, List.of(log, other));
    redis.call("COPY", limiter.redisKey("k"), joint.redisKey(asked, log));
    long end = START + (entries - 1) * GAP;
    List<Cost> costs = new ArrayList<>();

    time.set(end + 1);
    for (int cost : new int[] {1, entries / 3, entries / 2 + 1, entries}) {
      costs.add(cost("denied, cost %d".formatted(cost), () -> {
        Decision decision = limiter.check("k", cost);
        assertThat(decision.allowed()).isFalse();
        assertThat(decision.remaining()).isZero();
        assertThat(decision.retryAfterMicros())
            .isEqualTo(START + (cost - 1) * GAP + DAY - time.micros());
      }));
    }
    costs.add(cost("denied, with another policy", () -> {
      RequestDecision decision = joint.check(asked);
      assertThat(decision.deniedBy()).isEqualTo("p");
      assertThat(decision.policies().get(0).decision().retryAfterMicros())
          .isEqualTo(end + DAY - time.micros());
    }));
    time.set(START + entries / 2 * GAP + DAY);
    costs.add(cost("denied, half has left", () -> {
      Decision decision = limiter.check("k", entries);
      assertThat(decision.remaining()).isEqualTo(entries / 2 + 1);
      assertThat(decision.retryAfterMicros()).isEqualTo(end + DAY - time.micros());
    }));
    costs.add(cost("admitted, half has left", () -> {
      assertThat(limiter.check("k", 1).allowed()).isTrue();
      time.advance(1);
    }));
    costs.add(cost("admitted, the same with another policy", () -> {
      assertThat(joint.check(new Request(null, "j", 1, List.of(log, other))).allowed())
          .isTrue();
      time.advance(1);
    }));
    time.set(end + 2 * DAY);
    costs.add(cost("admitted, all has left", () -> {
      assertThat(limiter.check("k", 1).allowed()).isTrue();
      time.advance(1);
    }));
    return costs;
  }

  private static Cost cost(String kind, Runnable decision) {
    int times = 30;
    redis.call("CONFIG", "SET", "slowlog-log-slower-than", "0");
    redis.call("CONFIG", "RESETSTAT");
    redis.call("SLOWLOG", "RESET");
    for (int i = 0; i < times; i++) {
      decision.run();
    }
    redis.call("CONFIG", "SET", "slowlog-log-slower-than", "-1");
    long best = ((List<?>) redis.call("SLOWLOG", "GET", "100"))
        .stream()
            .map(entry -> (List<?>) entry)
            .filter(entry -> new String(
                    (byte[]) ((List<?>) entry.get(3)).get(0), StandardCharsets.UTF_8)
                .equals("EVALSHA"))
            .mapToLong(entry -> (Long) entry.get(2))
            .min()
            .orElseThrow();
    return new Cost(kind, best, redis.calls().getOrDefault("hget", 0L) / times);
  }

  private static Policy policy(int permits) {
    return Policy.of("p", Algorithm.SLIDING_WINDOW_LOG, Limit.of(permits, Duration.ofDays(1)))
        .withDeadline(LONG);
  }

  private static List<byte[]> arguments(Limit limit, long cost, long now) {
    Policy policy = Policy.of("p", Algorithm.SLIDING_WINDOW_LOG, limit);
    return List.of(new CounterKeys("n").rule(policy).withCost(cost), bytes(Long.toString(now)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
