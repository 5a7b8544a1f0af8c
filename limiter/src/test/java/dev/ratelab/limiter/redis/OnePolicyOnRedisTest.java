package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Threads;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Decisions on the Redis that tests are given; each test in a namespace of its own, which it empties. */
class OnePolicyOnRedisTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.given();

  private final String namespace = "test-" + Long.toHexString(new Random().nextLong());

  @AfterEach
  void deleteWhatWasWritten() {
    for (byte[] key : keys()) {
      redis.call("DEL", key);
    }
  }

  private List<byte[]> keys() {
    return redis.names(namespace + ":");
  }

  private static Stream<Arguments> eachAlgorithmOnEachClient() {
    return Library.with((Object[]) Algorithm.values());
  }

  private static Policy policy(Algorithm algorithm, long permits, Duration window) {
    return Policy.of("p", algorithm, Limit.of(permits, window)).withDeadline(LONG);
  }

  private OnePolicy<RedisRateLimiter> limiter(Library library, Policy policy) {
    return OnePolicy.onRedis(policy, redis.client(library), namespace);
  }

  private OnePolicy<RedisRateLimiter> limiter(Library library, Policy policy, ManualTime time) {
    return OnePolicy.onRedis(policy, redis.client(library), namespace, time);
  }

  @ParameterizedTest
  @MethodSource("eachAlgorithmOnEachClient")
  void decidesAsTheLimiterInMemoryFieldByField(Algorithm algorithm, Library library) {
    Random random = new Random(7);
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    Limit limit = new Limit(7, 1_000_003, algorithm.usesBurst() ? 5 : 7);
    Policy policy = Policy.of("p", algorithm, limit).withDeadline(LONG);
    OnePolicy<RateLimiter> memory = OnePolicy.inMemory(policy, time);
    OnePolicy<RedisRateLimiter> limiter = limiter(library, policy, time);

    int admitted = 0;
    for (int i = 0; i < 500; i++) {
      // Now and then the clock goes back a little.
      time.advance(random.nextInt(10) == 0 ? -random.nextInt(100_000) : random.nextInt(250_000));
      String key = "key" + random.nextInt(2);
      long cost = random.nextLong(1, limit.maxCost() + 1);
      Decision expected = memory.check(key, cost);
      assertThat(limiter.check(key, cost)).as("step %d", i).isEqualTo(expected);
      admitted += expected.allowed() ? 1 : 0;
    }
    assertThat(admitted).isBetween(50, 450);
    assertThat(limiter.limiter().failures()).isZero();
  }

  @ParameterizedTest
  @MethodSource("eachAlgorithmOnEachClient")
  void aBatchDecidesAsTheLimiterInMemoryInItsOrder(Algorithm algorithm, Library library) {
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    Policy policy = policy(algorithm, 20, Duration.ofSeconds(10));
    Random random = new Random(3);
    List<Request> requests = IntStream.range(0, 150)
        .mapToObj(i -> Request.of(policy, "key" + random.nextInt(4), random.nextLong(1, 4)))
        .toList();

    assertThat(limiter(library, policy, time).checkAll(requests))
        .isEqualTo(OnePolicy.inMemory(policy, time).checkAll(requests));
  }

  /** While some calls under way meet a server without scripts, and others one that has learnt them again. */
  @ParameterizedTest
  @EnumSource
  void aBatchKeepsItsOrderWhenTheServerLosesItsScripts(Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        limiter(library, policy(Algorithm.FIXED_WINDOW, 1_000, Duration.ofDays(31)));
    limiter.check("other", 1);
    redis.call("SCRIPT", "FLUSH");
    List<Request> requests =
        IntStream.range(0, 300).mapToObj(i -> limiter.request("hot", 1)).toList();

    assertThat(limiter.checkAll(requests).stream().map(Decision::remaining))
        .containsExactlyElementsOf(
            LongStream.range(0, 300).mapToObj(i -> 999 - i).toList());
  }

  @Test
  void anEmptyBatchIsAnEmptyAnswer() {
    Policy policy = policy(Algorithm.GCRA, 1, Duration.ofSeconds(1));

    assertThat(limiter(Library.LETTUCE, policy).checkAll(List.of())).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void callsOnOneKeyKeepTheOrderInWhichTheyWereMade(Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        limiter(library, policy(Algorithm.FIXED_WINDOW, 1_000, Duration.ofDays(31)));
    limiter.check("other", 1);

    List<CompletableFuture<Decision>> answers =
        IntStream.range(0, 500).mapToObj(i -> limiter.checkAsync("hot", 1)).toList();

    assertThat(answers.stream().map(answer -> answer.join().remaining()))
        .containsExactlyElementsOf(
            LongStream.range(0, 500).mapToObj(i -> 999 - i).toList());
  }

  @ParameterizedTest
  @EnumSource
  void theServersClockDecidesSoThatInstancesShareOneLimit(Algorithm algorithm) {
    // Boundaries of fixed windows lie 31 days apart.
    Policy policy = policy(algorithm, 5, Duration.ofDays(31));
    List<OnePolicy<RedisRateLimiter>> instances =
        List.of(limiter(Library.LETTUCE, policy), limiter(Library.JEDIS, policy));

    List<Boolean> allowed = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      allowed.add(instances.get(i % 2).check("shared", 1).allowed());
    }

    assertThat(allowed).containsExactly(true, true, true, true, true, false, false, false);
  }

  @ParameterizedTest
  @MethodSource("eachAlgorithmOnEachClient")
  void aKeyLivesExactlyAsLongAsItsStateCounts(Algorithm algorithm, Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        limiter(library, policy(algorithm, 5, Duration.ofDays(31)));
    byte[] key = limiter.redisKey("someone");
    long before = micros();
    Decision decision = limiter.check("someone", 3);
    long after = micros();

    long expiry = 1_000 * redis.number("PEXPIRETIME", key);
    assertThat(expiry - decision.resetAfterMicros()).isBetween(before, after + 1_000);
    assertThat(redis.number("PTTL", key)).isPositive();
  }

  private static long micros() {
    List<?> time = (List<?>) redis.call("TIME");
    return Long.parseLong(new String((byte[]) time.get(0), StandardCharsets.US_ASCII)) * 1_000_000
        + Long.parseLong(new String((byte[]) time.get(1), StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @EnumSource
  void aKeyThatRedisExpiredHasItsWholeLimitAgain(Algorithm algorithm) {
    OnePolicy<RedisRateLimiter> limiter =
        limiter(Library.LETTUCE, policy(algorithm, 5, Duration.ofDays(31)));
    assertThat(limiter.check("someone", 5).allowed()).isTrue();
    assertThat(limiter.check("someone", 1).allowed()).isFalse();
    // A time to live of 0 ends at once.
    redis.call("PEXPIRE", limiter.redisKey("someone"), "0");
    assertThat(keys()).isEmpty();

    assertThat(limiter.check("someone", 5).allowed()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("eachAlgorithmOnEachClient")
  void aDenialWritesNothing(Algorithm algorithm, Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        limiter(library, policy(algorithm, 5, Duration.ofDays(31)));
    limiter.check("someone", 5);
    byte[] key = limiter.redisKey("someone");
    byte[] stored = (byte[]) redis.call("DUMP", key);
    long expiry = redis.number("PEXPIRETIME", key);

    assertThat(limiter.check("someone", 1).allowed()).isFalse();
    assertThat((byte[]) redis.call("DUMP", key)).isEqualTo(stored);
    assertThat(redis.number("PEXPIRETIME", key)).isEqualTo(expiry);
  }

  @ParameterizedTest
  @EnumSource
  void aHotKeyAdmitsExactlyItsLimitToManyThreadsOnBothClients(Algorithm algorithm)
      throws Exception {
    long permits = 400;
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    Policy policy = policy(algorithm, permits, Duration.ofSeconds(10));

    List<Decision> decisions = Threads.together(8, thread -> {
      OnePolicy<RedisRateLimiter> limiter =
          limiter(thread % 2 == 0 ? Library.LETTUCE : Library.JEDIS, policy, time);
      return LongStream.range(0, 100).mapToObj(i -> limiter.check("hot", 1)).toList();
    });

    // Each admission saw another number of permits left: none was lost, none charged twice.
    assertThat(decisions.stream().filter(Decision::allowed).map(Decision::remaining))
        .containsExactlyInAnyOrderElementsOf(
            LongStream.range(0, permits).boxed().toList());
    assertThat(decisions).noneMatch(decision -> decision.decidedBy() != null);
  }

  private static final List<String> HOSTILE = List.of(
      "",
      " ",
      "a",
      "A",
      "a:b",
      "a:b:",
      "{a}",
      "a}{b",
      "{}",
      "a\0",
      "a\r\nFLUSHALL\r\n",
      "x".repeat(10_000),
      "x".repeat(9_999),
      "\uD800",
      "\uDBFF",
      "\uDC00",
      "?",
      "\uFFFD",
      "\u00e9",
      "e\u0301");

  @ParameterizedTest
  @EnumSource
  void hostileKeysDoNotCollide(Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        limiter(library, policy(Algorithm.GCRA, 4, Duration.ofDays(31)));

    for (String key : HOSTILE) {
      assertThat(limiter.check(key, 4).allowed()).as("'%s'", key).isTrue();
      assertThat(limiter.check(key, 1).allowed()).as("'%s'", key).isFalse();
    }
    assertThat(keys()).hasSize(HOSTILE.size());
  }

  @Test
  void aRedisKeyIsItsNamespaceItsPolicyItsRuleAHashTagAndA128BitHash() {
    OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(
        Policy.of("per-user", Algorithm.GCRA, Limit.of(1, Duration.ofSeconds(1))),
        redis.client(Library.LETTUCE),
        "shop");

    // The begin of SHA-256 of "gcra/3 1 1000000 1", and the first half of that of nothing,
    // e3b0c44298fc1c149afbf4c8996fb924.
    assertThat(limiter.redisKey(""))
        .asString()
        .isEqualTo("shop:per-user:wrXeg7:{63}:47DEQpj8HBSa-_TImW-5JA");
    for (String key : HOSTILE) {
      String redisKey = new String(limiter.redisKey(key), StandardCharsets.US_ASCII);
      assertThat(redisKey).matches("shop:per-user:wrXeg7:\\{\\d+}:[A-Za-z0-9_-]{22}");
      String tag = redisKey.substring(redisKey.indexOf('{') + 1, redisKey.indexOf('}'));
      assertThat(JedisClusterCRC16.getSlot(redisKey)).isEqualTo(JedisClusterCRC16.getSlot(tag));
    }
  }

  @ParameterizedTest
  @EnumSource
  void policiesAndNamespacesShareNothing(Library library) {
    Limit limit = Limit.of(1, Duration.ofDays(31));
    RedisClient client = redis.client(library);
    List<OnePolicy<RedisRateLimiter>> limiters = List.of(
        OnePolicy.onRedis(Policy.of("a", Algorithm.GCRA, limit), client, namespace),
        OnePolicy.onRedis(Policy.of("b", Algorithm.GCRA, limit), client, namespace),
        OnePolicy.onRedis(Policy.of("a", Algorithm.GCRA, limit), client, namespace + "-x"));

    assertThat(limiters).allMatch(limiter -> limiter.check("someone", 1).allowed());
    redis.call("DEL", limiters.get(2).redisKey("someone"));
  }

  @Test
  void aNamespaceThatCouldHoldASeparatorIsRejected() {
    Policy policy = policy(Algorithm.GCRA, 1, Duration.ofSeconds(1));

    for (String bad : List.of("", "a:b", "{a}", "a b", "x".repeat(65))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> OnePolicy.onRedis(policy, redis.client(Library.JEDIS), bad))
          .withMessageStartingWith("namespace is '%s'; accepted: ", bad);
    }
  }

  @Test
  void closingALimiterLeavesItsClientOpen() {
    Policy policy = policy(Algorithm.GCRA, 1, Duration.ofSeconds(1));
    for (Library library : Library.values()) {
      limiter(library, policy).limiter().close();
      assertThat(limiter(library, policy).check(library.name(), 1).decidedBy()).isNull();
    }
  }

  /** The states look alike (two or three integers) and mean something else: read as another's, they deny for ages. */
  @Test
  void aPolicyWhoseRuleWasChangedStartsAnew() {
    List<Policy> rules = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      rules.add(Policy.of("changing", algorithm, Limit.of(1, Duration.ofDays(1))));
      rules.add(Policy.of("changing", algorithm, Limit.of(2, Duration.ofDays(1))));
      rules.add(Policy.of("changing", algorithm, Limit.of(1, Duration.ofHours(1))));
    }
    rules.add(
        Policy.of("changing", Algorithm.GCRA, Limit.of(2, Duration.ofDays(1)).withBurst(1)));

    for (Policy rule : rules) {
      OnePolicy<RedisRateLimiter> limiter = limiter(Library.LETTUCE, rule);
      assertThat(limiter.check("someone", rule.limit().maxCost()).allowed())
          .as(rule.toString())
          .isTrue();
      assertThat(limiter.check("someone", 1).allowed()).as(rule.toString()).isFalse();
    }
  }

  /** No decision shows it, only the size: 37 bytes, then 11 for each instant. */
  @Test
  void theLogKeepsOneEntryForAllThatOneInstantAdmits() {
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    Policy policy = policy(Algorithm.SLIDING_WINDOW_LOG, 10, Duration.ofMinutes(1));
    OnePolicy<RedisRateLimiter> limiter = limiter(Library.JEDIS, policy, time);
    byte[] key = limiter.redisKey("someone");
    for (int i = 0; i < 3; i++) {
      limiter.check("someone", 2);
    }
    assertThat(redis.number("HSTRLEN", key, "newest")).isEqualTo(37 + 11);

    time.advance(1);
    limiter.check("someone", 2);
    limiter.check("someone", 1);
    assertThat(redis.number("HSTRLEN", key, "newest")).isEqualTo(37 + 11 + 11);
  }
}
