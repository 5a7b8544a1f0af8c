package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many requests in one call: what each is answered, what it charges, and what that costs the server. */
class BatchCallTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.own();

  private final CounterKeys counters = new CounterKeys("batch");

  @BeforeEach
  void empty() {
    redis.call("FLUSHALL");
  }

  /** One, two or all of the algorithms at once, some in shadow, on few keys, so that a call meets the same counter again and again. */
  @ParameterizedTest
  @EnumSource
  void decidesAsOneCallForEachRequest(Library library) {
    Random random = new Random(11);
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    RedisRateLimiter single = RedisRateLimiter.of(redis.client(library), "single", time);
    List<ScopedPolicy> policies = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      policies.add(ScopedPolicy.perKey(policy(algorithm.id(), algorithm, 7)));
      policies.add(ScopedPolicy.perTenant(policy("wide-" + algorithm, algorithm, 40)));
    }
    int denied = 0;
    for (int call = 0; call < 150; call++) {
      List<Request> requests = new ArrayList<>();
      for (int i = random.nextInt(1, 20); i > 0; i--) {
        Collections.shuffle(policies, random);
        int count = random.nextBoolean() ? 1 : random.nextInt(2, policies.size() + 1);
        List<ScopedPolicy> some = policies.subList(0, count).stream()
            .map(policy -> policy.withShadow(random.nextInt(4) == 0))
            .toList();
        requests.add(
            new Request("tenant", "k" + random.nextInt(3), random.nextInt(5) == 0 ? 3 : 1, some));
      }

      List<RequestDecision> together = decide(library, requests, time.micros());
      List<RequestDecision> alone = requests.stream().map(single::check).toList();

      assertThat(together).as("call %d", call).isEqualTo(alone);
      denied += (int) together.stream().filter(each -> !each.allowed()).count();
      time.advance(random.nextInt(10) == 0 ? 700_000 : random.nextInt(40_000));
    }
    assertThat(denied).isBetween(200, 1_200);
    for (ScopedPolicy policy : policies) {
      Request request = new Request("tenant", "k1", 1, List.of(policy));
      String field = policy.name().contains("log") ? "newest" : null;
      assertThat(stored(RedisKeys.ascii(counters.key(request, policy)), field))
          .as(policy.name())
          .isEqualTo(stored(single.redisKey(request, policy), field));
    }
  }

  private static byte[] stored(byte[] key, @Nullable String field) {
    return (byte[]) (field == null ? redis.call("GET", key) : redis.call("HGET", key, field));
  }

  /** On the server's clock: a window's key lives as long as that of single decisions, however often it was written. */
  @ParameterizedTest
  @EnumSource(names = {"FIXED_WINDOW", "SLIDING_WINDOW_COUNTER", "SLIDING_WINDOW_BUCKETS"})
  void aKeyLivesAsLongAsOneOfSingleDecisions(Algorithm algorithm) {
    // Its boundaries lie 31 days apart.
    Limit limit = Limit.of(1_000, Duration.ofDays(31));
    ScopedPolicy scoped = ScopedPolicy.perKey(
        Policy.of("p", algorithm, algorithm.usesBuckets() ? limit.withBuckets(1) : limit));
    RedisRateLimiter single = RedisRateLimiter.of(redis.client(Library.JEDIS), "single");
    for (int call = 0; call < 2; call++) {
      List<Request> requests = Collections.nCopies(3, Request.of(scoped, "k", 1));

      decide(Library.JEDIS, requests, null);
      requests.forEach(single::check);

      Request request = requests.get(0);
      assertThat(redis.number("PEXPIRETIME", RedisKeys.ascii(counters.key(request, scoped))))
          .isPositive()
          .isEqualTo(redis.number("PEXPIRETIME", single.redisKey(request, scoped)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKeyThatHoldsSomethingElseFailsOnlyTheRequestsThatTouchIt(Algorithm algorithm) {
    ScopedPolicy good = ScopedPolicy.perKey(policy("good", algorithm, 10));
    ScopedPolicy bad = ScopedPolicy.perKey(policy("bad", algorithm, 10));
    List<Request> requests = List.of(
        new Request(null, "k", 1, List.of(good)),
        new Request(null, "k", 1, List.of(good, bad)),
        new Request(null, "k", 1, List.of(bad)),
        new Request(null, "k", 1, List.of(good)));
    String key = counters.key(requests.get(1), bad);
    for (List<String> foreign : List.of(
        List.of("SET", key, "what"), List.of("HSET", key, "a", "b"), List.of("RPUSH", key, "a"))) {
      redis.call("FLUSHALL");
      redis.call(foreign.get(0), foreign.subList(1, foreign.size()).toArray());
      byte[] before = (byte[]) redis.call("DUMP", key);
      BatchCall call = call(requests, counters, null);
      List<Long> reply = run(Library.LETTUCE, call);

      assertThat(call.decision(0, reply).decision().remaining()).isEqualTo(9);
      for (int failed : List.of(1, 2)) {
        assertThatThrownBy(() -> call.decision(failed, reply))
            .isInstanceOf(RedisFailure.class)
            .hasMessageContaining("something else than a state");
      }
      assertThat(call.decision(3, reply).decision().remaining()).isEqualTo(8);
      assertThat((byte[]) redis.call("DUMP", key)).isEqualTo(before);
    }
  }

  /** Whoever writes such states gets what he deserves, but the server must go on. */
  @ParameterizedTest
  @EnumSource(
      names = {"FIXED_WINDOW", "SLIDING_WINDOW_COUNTER", "TOKEN_BUCKET", "GCRA", "LEAKY_BUCKET"})
  void aStateOfInfiniteNumbersHangsNoServer(Algorithm algorithm) {
    ScopedPolicy policy = ScopedPolicy.perKey(policy("p", algorithm, 10));
    Request request = Request.of(policy, "k", 1);
    for (int numbers : List.of(2, 3)) {
      for (double number :
          new double[] {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, -1, 1e300
          }) {
        ByteBuffer state =
            ByteBuffer.allocate(numbers * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (state.hasRemaining()) {
          state.putDouble(number);
        }
        redis.call("SET", counters.key(request, policy), state.array());
        try {
          run(Library.LETTUCE, call(List.of(request), counters, null));
        } catch (RedisFailure e) {
          assertThat(e).hasMessageNotContaining("deadline");
        }
        assertThat(redis.call("PING")).isNotNull();
      }
    }
  }

  /** Each counter is read and written once, however many of the requests charge it. */
  @Test
  void readsOnceAndWritesEachKeyOnce() {
    ScopedPolicy policy = ScopedPolicy.perKey(policy("p", Algorithm.GCRA, 100));
    List<Request> requests =
        IntStream.range(0, 60).mapToObj(i -> Request.of(policy, "k" + i % 4, 1)).toList();
    decide(Library.JEDIS, requests, null);
    redis.call("CONFIG", "RESETSTAT");

    List<RequestDecision> decisions = decide(Library.JEDIS, requests, null);

    assertThat(redis.calls())
        .containsEntry("evalsha", 1L)
        .containsEntry("time", 1L)
        .containsEntry("mget", 1L)
        .containsEntry("setrange", 4L)
        .containsEntry("pexpireat", 4L)
        .doesNotContainKey("set");
    assertThat(decisions)
        .extracting(each -> each.decision().remaining())
        .isSubsetOf(IntStream.range(69, 86).mapToObj(i -> (long) i).toList());
  }

  @Test
  void theLargestCallIsDecided() {
    List<ScopedPolicy> policies = IntStream.range(0, Request.MAX_POLICIES)
        .mapToObj(i -> ScopedPolicy.perKey(policy("p" + i, Algorithm.TOKEN_BUCKET, 100 + i)))
        .toList();
    List<Request> requests = IntStream.range(0, BatchCall.MOST_REQUESTS)
        .mapToObj(i -> new Request(null, "k" + i, 1, policies))
        .toList();

    assertThat(decide(Library.LETTUCE, requests, null))
        .allSatisfy(each -> assertThat(each.decision().remaining()).isEqualTo(99));
  }

  private List<RequestDecision> decide(
      Library library, List<Request> requests, @Nullable Long micros) {
    BatchCall call = call(requests, counters, micros);
    List<Long> reply = run(library, call);
    return IntStream.range(0, requests.size())
        .mapToObj(i -> call.decision(i, reply))
        .toList();
  }

  private static BatchCall call(
      List<Request> requests, CounterKeys counters, @Nullable Long micros) {
    return BatchCall.of(
        requests.stream()
            .map(request -> BatchCall.Asked.of(request, counters, micros))
            .toList(),
        counters);
  }

  private static List<Long> run(Library library, BatchCall call) {
    return redis.client(library).run(BatchCall.SCRIPT, call.keys(), call.arguments(), LONG);
  }

  private static Policy policy(String name, Algorithm algorithm, int permits) {
    return Policy.of(name, algorithm, Limit.of(permits, Duration.ofSeconds(1))).withDeadline(LONG);
  }
}
