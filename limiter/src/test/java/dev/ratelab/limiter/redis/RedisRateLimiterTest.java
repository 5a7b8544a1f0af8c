package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestCases;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Joint decisions on a Redis that nobody else uses. */
class RedisRateLimiterTest {
  private static final Duration LONG = Duration.ofMinutes(1);

  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.own();

  private static Policy policy(String name, Algorithm algorithm, long permits) {
    return Policy.of(name, algorithm, Limit.of(permits, Duration.ofDays(31))).withDeadline(LONG);
  }

  private static Request request(String key, ScopedPolicy... policies) {
    return new Request("acme", key, 1, List.of(policies));
  }

  @ParameterizedTest
  @EnumSource
  void decidesAsInMemoryFieldByField(Library library) {
    RequestCases cases = new RequestCases(23);
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    MemoryRateLimiter memory = MemoryRateLimiter.of(time, 10_000);
    RedisRateLimiter limiter = RedisRateLimiter.of(redis.client(library), "same-" + library, time);
    int denied = 0;
    for (int i = 0; i < 2_000; i++) {
      time.advance(cases.gap());
      Request request = cases.next();
      RequestDecision expected = memory.check(request);
      RequestDecision actual = i % 2 == 0
          ? limiter.check(request)
          : limiter.checkAsync(request).toCompletableFuture().join();
      assertThat(actual).as("step %d: %s", i, request).isEqualTo(expected);
      denied += expected.allowed() ? 0 : 1;
    }
    assertThat(denied).isBetween(200, 1_800);
    assertThat(limiter.failures()).isZero();
  }

  /** One tenant and key, so that each request sees what those before it have charged. */
  @ParameterizedTest
  @EnumSource
  void aBatchOfAnyRequestsIsDecidedInItsOrder(Library library) {
    RequestCases cases = new RequestCases(29);
    // It leads all of them: over Jedis only what counts the same first keeps its order.
    ScopedPolicy first = ScopedPolicy.perTenant(policy("first", Algorithm.FIXED_WINDOW, 400));
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    List<Request> requests = Stream.generate(cases::next)
        .filter(request -> request.tenant() != null)
        .map(request -> new Request(
            "acme",
            "a",
            request.cost(),
            Stream.concat(Stream.of(first), request.policies().stream()).toList()))
        .limit(300)
        .toList();
    RedisRateLimiter limiter =
        RedisRateLimiter.of(redis.client(library), "batch-of-any-" + library, time);
    redis.call("SCRIPT", "FLUSH");

    List<RequestDecision> decisions = limiter.checkAll(requests).stream()
        .map(answer -> answer.toCompletableFuture().join())
        .toList();

    MemoryRateLimiter memory = MemoryRateLimiter.of(time, 10_000);
    assertThat(decisions).isEqualTo(requests.stream().map(memory::check).toList());
  }

  /** The first goes alone, or all at once; then what gathered. */
  @ParameterizedTest
  @EnumSource
  void aBatchIsFewCalls(Library library) {
    RedisRateLimiter limiter = RedisRateLimiter.of(redis.client(library), "few-" + library);
    ScopedPolicy one = ScopedPolicy.perKey(policy("one", Algorithm.GCRA, 10_000));
    List<Request> requests =
        IntStream.range(0, 1_000).mapToObj(i -> request("key" + i % 300, one)).toList();
    limiter.checkAll(requests).forEach(answer -> answer.toCompletableFuture().join());
    redis.call("CONFIG", "RESETSTAT");

    limiter.checkAll(requests).forEach(answer -> answer.toCompletableFuture().join());

    assertThat(redis.calls()).containsEntry("evalsha", 4L);
  }

  @ParameterizedTest
  @EnumSource
  void aJointDecisionIsOneEvalshaAndWritesOnlyIfAllAdmit(Library library) {
    ScopedPolicy wide = ScopedPolicy.perTenant(policy("wide", Algorithm.SLIDING_WINDOW_LOG, 10));
    ScopedPolicy narrow = ScopedPolicy.perKey(policy("narrow", Algorithm.FIXED_WINDOW, 1));
    RedisRateLimiter limiter = RedisRateLimiter.of(redis.client(library), "calls-" + library);
    limiter.check(request("other", wide, narrow));
    Request request = request("someone", wide, narrow);
    redis.call("CONFIG", "RESETSTAT");

    assertThat(limiter.check(request).allowed()).isTrue();
    assertThat(redis.calls())
        .containsEntry("evalsha", 1L)
        .containsEntry("time", 1L)
        .containsEntry("mset", 1L)
        .containsEntry("pexpireat", 2L)
        .doesNotContainKey("eval");

    byte[] key = limiter.redisKey(request, wide);
    byte[] stored = (byte[]) redis.call("DUMP", key);
    long expiry = redis.number("PEXPIRETIME", key);
    redis.call("CONFIG", "RESETSTAT");
    assertThat(limiter.check(request).deniedBy()).isEqualTo("narrow");
    assertThat(redis.calls().keySet()).containsExactlyInAnyOrder("evalsha", "time", "mget", "hget");
    assertThat((byte[]) redis.call("DUMP", key)).isEqualTo(stored);
    assertThat(redis.number("PEXPIRETIME", key)).isEqualTo(expiry);
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatLostItsScriptsLearnsThemAndChargesOnce(Library library) {
    ScopedPolicy one = ScopedPolicy.perKey(policy("one", Algorithm.GCRA, 10));
    ScopedPolicy other = ScopedPolicy.perTenant(policy("other", Algorithm.TOKEN_BUCKET, 10));
    RedisRateLimiter limiter = RedisRateLimiter.of(redis.client(library), "flush-" + library);
    limiter.check(request("a", one, other));
    redis.call("SCRIPT", "FLUSH");

    assertThat(limiter.check(request("a", one, other)).decision().remaining()).isEqualTo(8);
    redis.call("SCRIPT", "FLUSH");
    assertThat(limiter
            .checkAsync(request("a", one, other))
            .toCompletableFuture()
            .join()
            .decision()
            .remaining())
        .isEqualTo(7);
    assertThat(limiter.failures()).isZero();
  }

  /** A request of one policy and a joint one charge the same counter, and without a tenant it is the plain limiter's. */
  @ParameterizedTest
  @EnumSource
  void singleAndJointShareACounter(Algorithm algorithm) {
    ScopedPolicy one = ScopedPolicy.perKey(policy("one", algorithm, 10));
    ScopedPolicy other = ScopedPolicy.perKey(policy("other", algorithm, 20));
    RedisClient client = redis.client(Library.LETTUCE);
    String namespace = "shared-" + algorithm;
    RedisRateLimiter limiter = RedisRateLimiter.of(client, namespace);
    OnePolicy<RedisRateLimiter> plain = OnePolicy.onRedis(one.policy(), client, namespace);
    Request joint = new Request(null, "a", 3, List.of(other, one));

    assertThat(limiter.check(joint).decision().remaining()).isEqualTo(7);
    assertThat(limiter.check(Request.of(one, "a", 2)).decision().remaining()).isEqualTo(5);
    assertThat(plain.check("a", 1).remaining()).isEqualTo(4);
    assertThat(limiter.check(joint).decision().remaining()).isEqualTo(1);
    assertThat(limiter.check(joint).deniedBy()).isEqualTo("one");
    assertThat(limiter.check(Request.of(other, "a", 1)).decision().remaining()).isEqualTo(13);
  }

  /** One call as ever; a cost that a policy in shadow could never admit costs none. */
  @ParameterizedTest
  @EnumSource
  void aPolicyInShadowIsPartOfTheOneCall(Library library) {
    ScopedPolicy enforced = ScopedPolicy.perTenant(policy("enforced", Algorithm.GCRA, 10));
    ScopedPolicy shadow =
        ScopedPolicy.perKey(policy("shadow", Algorithm.FIXED_WINDOW, 1)).withShadow(true);
    RedisRateLimiter limiter = RedisRateLimiter.of(redis.client(library), "shadow-" + library);
    limiter.check(request("a", shadow, enforced));
    redis.call("CONFIG", "RESETSTAT");

    RequestDecision decision = limiter.check(request("a", shadow, enforced));

    assertThat(redis.calls()).containsEntry("evalsha", 1L);
    assertThat(decision.decision().allowed()).isTrue();
    assertThat(decision.decision().remaining()).isEqualTo(8);
    assertThat(decision.policies().get(0).decision().allowed()).isFalse();

    redis.call("CONFIG", "RESETSTAT");
    Request heavy = new Request("acme", "a", 2, List.of(shadow));
    assertThat(limiter.check(heavy).allowed()).isTrue();
    assertThat(limiter.checkAsync(heavy).toCompletableFuture().join().allowed()).isTrue();
    assertThat(redis.calls()).doesNotContainKey("evalsha");
  }

  /** Documented in docs/policies.md. */
  @Test
  void anotherLimitCountsAnewAndAnotherDeadlineCountsOn() {
    Policy before = policy("p", Algorithm.FIXED_WINDOW, 2);
    RedisClient client = redis.client(Library.LETTUCE);
    RedisRateLimiter limiter = RedisRateLimiter.of(client, "changed");
    Request two = new Request("acme", "a", 2, List.of(ScopedPolicy.perKey(before)));
    assertThat(limiter.check(two).allowed()).isTrue();

    Policy patient = before.withDeadline(LONG.plusSeconds(1)).onFailure(FailurePolicy.FAIL_OPEN);
    // Another instance, as after a restart with the changed file.
    RedisRateLimiter restarted = RedisRateLimiter.of(client, "changed");
    assertThat(restarted.check(request("a", ScopedPolicy.perKey(patient))).allowed())
        .isFalse();
    assertThat(restarted
            .check(request("a", ScopedPolicy.perKey(policy("p", Algorithm.FIXED_WINDOW, 3))))
            .decision()
            .remaining())
        .isEqualTo(2);
    assertThat(restarted.check(request("a", ScopedPolicy.perKey(before))).allowed())
        .as("the old limit is back")
        .isFalse();
  }

  @Test
  void allCountersOfATenantLieInOneSlot() {
    ScopedPolicy perKey = ScopedPolicy.perKey(policy("k", Algorithm.GCRA, 10));
    ScopedPolicy perTenant = ScopedPolicy.perTenant(policy("t", Algorithm.GCRA, 10));
    RedisClient client = redis.client(Library.LETTUCE);
    RedisRateLimiter limiter = RedisRateLimiter.of(client, "shop");
    List<String> keys = new ArrayList<>();
    for (String key : List.of("", "a", "{b}", "}c{")) {
      Request request = request(key, perKey, perTenant);
      keys.add(new String(limiter.redisKey(request, perKey), StandardCharsets.US_ASCII));
      keys.add(new String(limiter.redisKey(request, perTenant), StandardCharsets.US_ASCII));
    }

    assertThat(keys.stream().map(JedisClusterCRC16::getSlot).distinct()).hasSize(1);
    assertThat(keys.stream().distinct()).hasSize(5);
    assertThat(keys)
        .allMatch(key -> key.matches("shop:[kt]:[\\w-]{6}:\\{\\d+}:[\\w-]{22}:([\\w-]{22})?"));
    byte[] plain = OnePolicy.onRedis(perKey.policy(), client, "shop").redisKey("a");
    assertThat(limiter.redisKey(Request.of(perKey, "a", 1), perKey)).isEqualTo(plain);
  }

  @ParameterizedTest
  @EnumSource
  void aRedisThatIsAwayIsAnsweredByEachFailurePolicy(Library library) {
    RunningRedis own = RunningRedis.open("embedded");
    try (RedisClient client = library.connect(own.address())) {
      RedisRateLimiter limiter = RedisRateLimiter.of(client, "away");
      ScopedPolicy closed = ScopedPolicy.perKey(policy("closed", Algorithm.GCRA, 10));
      ScopedPolicy open = ScopedPolicy.perKey(
          policy("open", Algorithm.GCRA, 20).onFailure(FailurePolicy.FAIL_OPEN));
      own.close();

      RequestDecision both = limiter.check(request("a", open, closed));
      assertThat(both.deniedBy()).isEqualTo("closed");
      assertThat(both.decision())
          .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.UNAVAILABLE));
      assertThat(limiter
              .checkAsync(request("a", open))
              .toCompletableFuture()
              .join()
              .decision())
          .isEqualTo(Decision.undecided(20, FailurePolicy.FAIL_OPEN, FailureReason.UNAVAILABLE));
      assertThat(limiter.failures()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void callsUnderWayAreAnsweredInTheOrderInWhichTheyWereMade(Library library) {
    ScopedPolicy one = ScopedPolicy.perKey(policy("one", Algorithm.GCRA, 3));
    ScopedPolicy total = ScopedPolicy.perTenant(policy("total", Algorithm.FIXED_WINDOW, 1_000));
    RedisRateLimiter limiter = RedisRateLimiter.of(redis.client(library), "batch-" + library);
    limiter.check(request("other", one, total));

    List<CompletableFuture<RequestDecision>> decisions = IntStream.range(0, 300)
        .mapToObj(
            i -> limiter.checkAsync(request("key" + i % 50, one, total)).toCompletableFuture())
        .toList();

    assertThat(decisions.stream().map(decision -> decision.join().deniedBy()))
        .containsExactlyElementsOf(
            IntStream.range(0, 300).mapToObj(i -> i < 150 ? null : "one").toList());
    assertThat(limiter.check(request("last", one, total)).policies().get(1).decision())
        .extracting(Decision::remaining)
        .isEqualTo(1_000L - 1 - 150 - 1);
  }

  @ParameterizedTest
  @EnumSource
  void aClusterDecidesATenantTogetherOnOneNodeAndSpreadsTenants(Library library) {
    ManualTime time = new ManualTime(1_800_000_000_000_000L);
    try (RedisCluster cluster = RedisCluster.start(3);
        RedisClient client = library.connect(cluster.addresses().get(0))) {
      RequestCases cases = new RequestCases(5);
      MemoryRateLimiter memory = MemoryRateLimiter.of(time, 10_000);
      RedisRateLimiter limiter = RedisRateLimiter.of(client, "cluster", time);
      for (int i = 0; i < 300; i++) {
        time.advance(20_000);
        Request drawn = cases.next();
        Request request = drawn.tenant() == null
            ? drawn
            : new Request("tenant" + i % 20, drawn.key(), drawn.cost(), drawn.policies());
        assertThat(limiter.check(request)).isEqualTo(memory.check(request));
      }
      assertThat(limiter.failures()).isZero();
      Map<RedisAddress, Long> keys = new HashMap<>();
      for (RedisAddress node : cluster.addresses()) {
        try (RawRedis raw = new RawRedis(node)) {
          keys.put(node, raw.number("DBSIZE"));
        }
      }
      assertThat(keys.values()).allMatch(count -> count > 0);
    }
  }
}
