package dev.ratelab.verification.joint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisRateLimiter;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.verification.OtherScripts;
import dev.ratelab.verification.TestRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The promise on each backend, and the faults that it must catch. */
class AllOrNoneTest {
  private static final Script REMOVE =
      Script.of("remove", "return {redis.call('UNLINK', KEYS[1])}");

  private static RateLimiter memory(TimeSource time) {
    return RateLimiters.inMemory(time, 1_000);
  }

  /** In a namespace of its own, which is emptied. */
  private static Optional<String> onRedis(RedisClient client, List<JointArrival> arrivals) {
    String namespace = "joint-" + UUID.randomUUID();
    try {
      return AllOrNone.contradiction(
          time -> RateLimiters.onRedis(client, namespace, time), arrivals);
    } finally {
      RedisRateLimiter names = RateLimiters.onRedis(client, namespace);
      for (JointArrival arrival : arrivals) {
        for (ScopedPolicy policy : arrival.request().policies()) {
          byte[] key = names.redisKey(arrival.request(), policy);
          assertThat(client.run(REMOVE, key, List.of(), Duration.ofMinutes(10))).hasSize(1);
        }
      }
    }
  }

  @Provide
  Arbitrary<List<JointArrival>> requests() {
    return JointScenarios.of(40);
  }

  @Property(tries = 1_000)
  void inMemory(@ForAll("requests") List<JointArrival> arrivals) {
    assertThat(AllOrNone.contradiction(AllOrNoneTest::memory, arrivals)).isEmpty();
  }

  @Property(tries = 200)
  void onRedisOverLettuce(@ForAll("requests") List<JointArrival> arrivals) {
    assertThat(onRedis(TestRedis.lettuce(), arrivals)).isEmpty();
  }

  @Property(tries = 200)
  void onRedisOverJedis(@ForAll("requests") List<JointArrival> arrivals) {
    assertThat(onRedis(TestRedis.jedis(), arrivals)).isEmpty();
  }

  /** Whether the promise is broken by one of some scenarios, always the same. */
  private static boolean caught(Function<List<JointArrival>, Optional<String>> check) {
    return JointScenarios.of(40).generator(1_000).stream(new Random(1))
        .limit(100)
        .anyMatch(scenario -> check.apply(scenario.value()).isPresent());
  }

  @Example
  void policiesAskedOneAfterTheOtherAreCaught() {
    assertThat(caught(arrivals -> AllOrNone.contradiction(AllOrNoneTest::memory, arrivals)))
        .as("without the fault")
        .isFalse();
    assertThat(caught(arrivals ->
            AllOrNone.contradiction(time -> new Sequentially(memory(time), () -> {}), arrivals)))
        .isTrue();
  }

  @Example
  void aScriptThatChargesThoseThatAdmitIsCaught() {
    assertThat(caught(planted("if admitted then", "if true then"))).isTrue();
  }

  @Example
  void aScriptThatChargesIfTheLastAdmitsIsCaught() {
    assertThat(caught(planted("admitted = admitted and (", "admitted = ("))).isTrue();
  }

  @Example
  void aScriptThatEnforcesWhatIsInShadowIsCaught() {
    assertThat(caught(planted("ARGV[5 * policy + 2] == '1'", "false"))).isTrue();
  }

  @Example
  void aScriptToWhichAllIsInShadowIsCaught() {
    assertThat(caught(planted("ARGV[5 * policy + 2] == '1'", "true"))).isTrue();
  }

  @Example
  void aScriptThatChargesNobodyBesideAPolicyInShadowIsCaught() {
    assertThat(caught(planted("if admitted then", "if admitted and ARGV[7] ~= '1' then")))
        .isTrue();
  }

  @Example
  void aLimiterThatEnforcesWhatIsInShadowIsCaught() {
    assertThat(caught(arrivals -> AllOrNone.contradiction(
            time -> {
              RateLimiter limiter = memory(time);
              return request -> limiter.checkAsync(enforced(request));
            },
            arrivals)))
        .isTrue();
  }

  private static Request enforced(Request request) {
    List<ScopedPolicy> policies =
        request.policies().stream().map(policy -> policy.withShadow(false)).toList();
    return new Request(
        request.tenant(),
        request.key(),
        Math.min(request.cost(), Request.maxCost(policies)),
        policies);
  }

  @Example
  void aScriptThatCountsTheDeniedRequestIsCaught() {
    assertThat(caught(planted("local remaining = answer[2] + cost", "local remaining = answer[2]")))
        .isTrue();
  }

  @Example
  void aScriptThatLosesAnEntryOfTheLogIsCaught() {
    String write = "server.call(unpack(write))";
    assertThat(caught(pagesOfTwo(write, write))).as("without the fault").isFalse();
    assertThat(caught(pagesOfTwo(
            write, "if write[1] ~= 'HSET' or write[3] == 'newest' then " + write + " end")))
        .isTrue();
  }

  /** Of the log, whose pages are otherwise larger than any of these scenarios fills. */
  private static Function<List<JointArrival>, Optional<String>> pagesOfTwo(
      String original, String fault) {
    RedisClient client = new OtherScripts(TestRedis.lettuce(), script -> {
      String text = new String(script.text(), StandardCharsets.UTF_8);
      return Script.of(
          script.name(),
          text.replace("TAIL, PAGE = 32, 512", "TAIL, PAGE = 1, 2").replace(original, fault));
    });
    return arrivals -> onRedis(client, arrivals);
  }

  private static Function<List<JointArrival>, Optional<String>> planted(
      String original, String fault) {
    String text = new String(Script.joint().text(), StandardCharsets.UTF_8);
    assertThat(text).as("the script as it is").containsOnlyOnce(original);
    Script faulty = Script.of("joint with a fault", text.replace(original, fault));
    RedisClient client = new OtherScripts(
        TestRedis.lettuce(), script -> script.name().equals("joint") ? faulty : script);
    return arrivals -> onRedis(client, arrivals);
  }
}
