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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Many requests in one call: what each is answered, what it charges, and what that costs the server. */
class BatchCallTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final long NOW = 1_800_000_000_000_000L;

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
    ManualTime time = new ManualTime(NOW);
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

  private static Stream<Arguments> eachAlgorithmOnEachClient() {
    return Library.with((Object[]) Algorithm.values());
  }

  /** Each number of a state in turn is one that no state of this rule holds. Some made a script run for ever, most were answered. */
  @ParameterizedTest
  @MethodSource("eachAlgorithmOnEachClient")
  void aNumberThatNoStateHoldsIsRefused(Algorithm algorithm, Library library) throws Exception {
    ScopedPolicy policy = ScopedPolicy.perKey(policy("p", algorithm, 10));
    String key = counters.key(Request.of(policy, "k", 1), policy);
    RedisRateLimiter single =
        RedisRateLimiter.of(redis.client(library), "batch", new ManualTime(NOW));
    single.check(Request.of(policy, "k", 2));
    boolean log = algorithm == Algorithm.SLIDING_WINDOW_LOG;
    byte[] stored = Objects.requireNonNull(stored(RedisKeys.ascii(key), log ? "newest" : null));
    // One more than the permits may be what was used when they were more.
    List<byte[]> high = new ArrayList<>();
    List<byte[]> foreign = new ArrayList<>(List.of(
        new byte[0],
        Arrays.copyOf(stored, stored.length - 1),
        Arrays.copyOf(stored, stored.length + 1)));
    if (log) {
      high.add(ByteBuffer.wrap(stored.clone()).putInt(0, 11).array());
      // Where the seven numbers of the head and those of a record begin, but for the oldest page.
      for (int at : List.of(0, 10, 16, 22, 29, 33, 37, 44)) {
        foreign.add(ByteBuffer.wrap(stored.clone()).put(at, (byte) 0x7f).array());
      }
    } else {
      int doubles = stored.length % Double.BYTES == 0 ? stored.length : 3 * Double.BYTES;
      for (int at = 0; at < doubles; at += Double.BYTES) {
        high.add(ByteBuffer.wrap(stored.clone())
            .order(ByteOrder.LITTLE_ENDIAN)
            .putDouble(at, 11)
            .array());
        for (double number : new double[] {
          -1, 0.5, 0x1p53, 1e300, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
        }) {
          foreign.add(ByteBuffer.wrap(stored.clone())
              .order(ByteOrder.LITTLE_ENDIAN)
              .putDouble(at, number)
              .array());
        }
      }
      for (int at = doubles; at < stored.length; at += stored.length - 4 - doubles) {
        foreign.add(ByteBuffer.wrap(stored.clone()).putInt(at, -1).array());
      }
    }
    for (byte[] state : foreign) {
      store(key, log, state);
      assertThatIsRefused(library, single, policy, key, 1);
    }
    for (byte[] state : high) {
      Request request = Request.of(policy, "k", 1);
      store(key, log, state);
      assertNothingNegativeRemains(
          () -> single.decide(request).toCompletableFuture().join());
      store(key, log, state);
      assertNothingNegativeRemains(() -> decide(library, List.of(request), NOW).get(0));
    }
  }

  private static void store(String key, boolean log, byte[] state) {
    redis.call("DEL", key);
    redis.call(
        log ? "HSET" : "SET",
        log ? new Object[] {key, "newest", state} : new Object[] {key, state});
  }

  /** If it is not refused. */
  private static void assertNothingNegativeRemains(Callable<RequestDecision> decided)
      throws Exception {
    try {
      assertThat(decided.call().decision().remaining()).isBetween(0L, 10L);
    } catch (CompletionException | RedisFailure e) {
      assertThat(e).hasMessageContaining("something else than a state");
    }
  }

  /** The head is there, and a page that it tells of is not, or is not whole. Each is met by a denial that looks for its time. */
  @ParameterizedTest
  @EnumSource
  void aLogWhosePagesAreNotWholeIsRefused(Library library) {
    ScopedPolicy policy = ScopedPolicy.perKey(policy("p", Algorithm.SLIDING_WINDOW_LOG, 2_000));
    String key = counters.key(Request.of(policy, "k", 1), policy);
    ManualTime time = new ManualTime(NOW);
    RedisRateLimiter single = RedisRateLimiter.of(redis.client(library), "batch", time);
    // The last of them fills the tail again, so that the next admission adds it to the third page.
    List<Request> one = List.of(Request.of(policy, "k", 1));
    for (int i = 0; i < 1_024 + 64; i++) {
      decide(library, one, time.micros());
      time.advance(1);
    }
    byte[] whole = (byte[]) redis.call("DUMP", key);
    byte[] page = Objects.requireNonNull(stored(RedisKeys.ascii(key), "1"));
    List<List<Object>> damages = List.of(
        List.of("HDEL", key, "0"),
        List.of("HDEL", key, "1"),
        List.of("HDEL", key, "i0"),
        List.of("HSET", key, "1", Arrays.copyOf(page, 11 * 40)),
        List.of(
            "HSET", key, "1", new String(page, StandardCharsets.ISO_8859_1).replace('\0', '\1')));
    for (List<Object> damage : damages) {
      redis.call("DEL", key);
      redis.call("RESTORE", key, "0", whole);
      redis.call((String) damage.get(0), damage.subList(1, damage.size()).toArray());
      assertThatIsRefused(library, single, policy, key, damage.contains("0") ? 1_000 : 1_700);
    }
    for (String lost : List.of("2", "newest")) {
      redis.call("DEL", key);
      redis.call("RESTORE", key, "0", whole);
      redis.call("HDEL", key, lost);
      assertThatIsRefused(library, single, policy, key, 1);
    }
  }

  /** By both scripts, and alone in a call or with others, which go on; and the key stays as it is. */
  private void assertThatIsRefused(
      Library library, RedisRateLimiter single, ScopedPolicy policy, String key, long cost) {
    List<String> before = content(key);
    Request request = Request.of(policy, "k", cost);
    Request other = Request.of(policy, "other", 1);
    ScopedPolicy ample = ScopedPolicy.perKey(policy("ample", Algorithm.GCRA, 1_000_000));
    Request joint = new Request(null, "k", cost, List.of(ample, policy));

    assertThatThrownBy(() -> single.decide(request).toCompletableFuture().join())
        .hasMessageContaining("something else than a state");
    BatchCall call = call(List.of(other, request, joint, other), counters, NOW + 10_000);
    List<Long> reply = run(library, call);
    for (int refused : List.of(1, 2)) {
      assertThatThrownBy(() -> call.decision(refused, reply))
          .isInstanceOf(RedisFailure.class)
          .hasMessageContaining("something else than a state");
    }
    assertThat(call.decision(0, reply).decision().remaining()
            - call.decision(3, reply).decision().remaining())
        .isOne();
    assertThat(content(key)).isEqualTo(before);
    redis.call("DEL", counters.key(other, policy));
  }

  private static List<String> content(String key) {
    Object all = redis.call("EVAL", """
        return redis.call(redis.call('TYPE', KEYS[1]).ok == 'hash' and 'HGETALL' or 'GET', KEYS[1])""", "1", key);
    // A hash has no order.
    return Stream.of(all instanceof List<?> fields ? fields.toArray() : new Object[] {all})
        .map(part -> new String((byte[]) part, StandardCharsets.ISO_8859_1))
        .sorted()
        .toList();
  }

  /** Each counter is read and written once, however many of the requests charge it. */
  @Test
  void readsOnceAndWritesEachKeyOnce() {
    // So long that nothing refills between the calls.
    ScopedPolicy policy = ScopedPolicy.perKey(
        Policy.of("p", Algorithm.GCRA, Limit.of(100, Duration.ofHours(1))).withDeadline(LONG));
    List<Request> requests =
        IntStream.range(0, 60).mapToObj(i -> Request.of(policy, "k" + i % 4, 1)).toList();
    decide(Library.JEDIS, requests, null);
    redis.call("CONFIG", "RESETSTAT");

    List<RequestDecision> decisions = decide(Library.JEDIS, requests, null);

    assertThat(redis.calls())
        .containsEntry("evalsha", 1L)
        .containsEntry("time", 1L)
        .containsEntry("mget", 1L)
        .containsEntry("mset", 1L)
        .containsEntry("pexpireat", 4L)
        .doesNotContainKeys("set", "setrange");
    assertThat(decisions)
        .extracting(each -> each.decision().remaining())
        .isSubsetOf(IntStream.range(70, 85).mapToObj(i -> (long) i).toList());
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
    return BatchCall.of(requests.stream()
        .map(request -> BatchCall.Asked.of(request, counters, micros))
        .toList());
  }

  private static List<Long> run(Library library, BatchCall call) {
    return redis.client(library).run(BatchCall.SCRIPT, call.keys(), call.arguments(), LONG);
  }

  private static Policy policy(String name, Algorithm algorithm, int permits) {
    return Policy.of(name, algorithm, Limit.of(permits, Duration.ofSeconds(1))).withDeadline(LONG);
  }
}
