package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Request;
import io.lettuce.core.resource.EpollProvider;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a server sees of the clients: counted and configured on one that nobody else uses. */
class CommandsTest {
  @RegisterExtension
  private static final RedisFixture redis = RedisFixture.own();

  @ParameterizedTest
  @EnumSource
  void aDecisionOrABatchIsOneEvalshaAndNothingElse(Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        OnePolicy.onRedis(OnePolicy.PATIENT, redis.client(library), "steady-" + library);
    List<Request> batch =
        IntStream.range(0, 20).mapToObj(i -> limiter.request("key" + i % 7, 1)).toList();
    // Jedis opens its connections now, and the server learns both scripts.
    limiter.checkAll(batch);
    limiter.check("key0", 1);
    redis.call("CONFIG", "RESETSTAT");

    for (int i = 0; i < 20; i++) {
      limiter.check("key" + i, 1);
      limiter.checkAsync("key" + i, 1).join();
    }

    // The others are the script's own. Seven keys were there, and where the expiry stays it is
    // SETRANGE.
    assertThat(redis.calls())
        .isEqualTo(Map.of("evalsha", 40L, "time", 40L, "get", 40L, "set", 13L, "setrange", 27L));
    redis.call("CONFIG", "RESETSTAT");

    limiter.checkAll(batch);

    assertThat(redis.calls())
        .isEqualTo(Map.of("evalsha", 1L, "time", 1L, "mget", 1L, "setrange", 7L));
    assertThat(limiter.limiter().failures()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aServerWithoutTheScriptLearnsItAndChargesOnce(Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        OnePolicy.onRedis(OnePolicy.PATIENT, redis.client(library), "noscript-" + library);
    limiter.check("someone", 1);
    redis.call("SCRIPT", "FLUSH");
    redis.call("CONFIG", "RESETSTAT");

    assertThat(limiter.check("someone", 1).remaining()).isEqualTo(998);
    assertThat(limiter.check("someone", 1).remaining()).isEqualTo(997);
    assertThat(redis.calls())
        .containsEntry("evalsha", 2L)
        .containsEntry("eval", 1L)
        .containsEntry("setrange", 2L)
        .doesNotContainKey("script|load");
    assertThat(redis.failedCalls()).isEqualTo(Map.of("evalsha", 1L));

    redis.call("SCRIPT", "FLUSH");
    assertThat(limiter.checkAsync("someone", 1).join().remaining()).isEqualTo(996);
    assertThat(limiter.limiter().failures()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aCostOutsideTheDomainIsRejectedBeforeAnythingIsSent(Library library) {
    OnePolicy<RedisRateLimiter> limiter =
        OnePolicy.onRedis(OnePolicy.PATIENT, redis.client(library), "cost-" + library);
    redis.call("CONFIG", "RESETSTAT");

    for (long cost : new long[] {0, -1, 1_001, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> limiter.check("someone", cost))
          .withMessage("cost is %d; accepted: 1 to 1000", cost);
      assertThatIllegalArgumentException().isThrownBy(() -> limiter.checkAsync("someone", cost));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> limiter.checkAll(
              List.of(limiter.request("someone", 1), limiter.request("someone", cost))));
    }
    assertThat(redis.calls()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aUserWithNoMoreRightsThanNeededCanDecideInItsDatabase(Library library) {
    String password = "p@ss:w/ö#?%+";
    redis.call(
        "ACL",
        "SETUSER",
        "app",
        "reset",
        "on",
        ">" + password,
        "~acl:*",
        "-@all",
        "+@connection",
        "+info",
        "+evalsha",
        "+eval",
        "+time",
        "+get",
        "+set",
        "+setrange");
    RedisAddress address = RedisAddress.parse("redis://app:%s@127.0.0.1:%d/3"
        .formatted(
            URLEncoder.encode(password, StandardCharsets.UTF_8), redis.address().port()));
    redis.call("SCRIPT", "FLUSH");

    try (RedisClient client = library.connect(address)) {
      OnePolicy<RedisRateLimiter> limiter = OnePolicy.onRedis(OnePolicy.PATIENT, client, "acl");
      String key = "someone-" + library;
      assertThat(limiter.check(key, 1).remaining()).isEqualTo(999);
      assertThat(limiter.check(key, 1).remaining()).isEqualTo(998);
      assertThat(limiter.limiter().failures()).isZero();

      assertThat(redis.number("EXISTS", limiter.redisKey(key))).isZero();
      redis.call("SELECT", "3");
      assertThat(redis.number("EXISTS", limiter.redisKey(key))).isOne();
    } finally {
      redis.call("SELECT", "0");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPasswordWithoutAUserLogsInAsTheDefaultUser(Library library) {
    redis.call("CONFIG", "SET", "requirepass", "hunter2");
    try {
      RedisAddress address =
          RedisAddress.parse("redis://:hunter2@127.0.0.1:" + redis.address().port());
      try (RedisClient client = library.connect(address)) {
        assertThat(OnePolicy.onRedis(OnePolicy.PATIENT, client, "password-" + library)
                .check("someone", 1)
                .allowed())
            .isTrue();
      }
    } finally {
      redis.call("CONFIG", "SET", "requirepass", "");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusedLoginOrDatabaseIsAFailureThatShowsNoPassword(Library library) {
    redis.call("ACL", "SETUSER", "app", "reset", "on", ">right", "~*", "+@all");
    int port = redis.address().port();
    for (String url : List.of(
        "redis://app:hunter2@127.0.0.1:" + port,
        "redis://nobody:hunter2@127.0.0.1:" + port,
        "redis://app:right@127.0.0.1:" + port + "/99")) {
      assertThatExceptionOfType(RedisFailure.class)
          .isThrownBy(() -> library.connect(RedisAddress.parse(url)))
          .satisfies(e -> assertThat(e.getMessage())
              .startsWith("redis://")
              .contains(" does not answer as a Redis: ")
              .doesNotContain("hunter2", "right"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPingIsOnePing(Library library) {
    RedisClient client = redis.client(library);
    client.pingBlocking(Duration.ofMinutes(1));
    redis.call("CONFIG", "RESETSTAT");

    client.pingBlocking(Duration.ofMinutes(1));
    client.ping(Duration.ofMinutes(1)).toCompletableFuture().join();

    assertThat(redis.calls()).isEqualTo(Map.of("ping", 2L));
  }

  @ParameterizedTest
  @EnumSource
  void closingAClientClosesItsConnections(Library library) {
    // Those of the tests before may still be on their way out.
    Set<String> others = connections();
    RedisClient client = library.connect(redis.address());
    OnePolicy<RedisRateLimiter> limiter =
        OnePolicy.onRedis(OnePolicy.PATIENT, client, "closing-" + library);
    limiter.check("someone", 1);
    Set<String> own = connections();
    own.removeAll(others);
    assertThat(own).isNotEmpty();

    client.close();

    while (connections().stream().anyMatch(own::contains)) {
      Thread.onSpinWait();
    }
    assertThat(limiter.check("someone", 1).decidedBy()).isEqualTo(OnePolicy.PATIENT.onFailure());
    assertThat(limiter.checkAsync("someone", 1).join().decidedBy())
        .isEqualTo(OnePolicy.PATIENT.onFailure());
    assertThat(limiter.checkAll(List.of(limiter.request("someone", 1))).get(0).decidedBy())
        .isEqualTo(OnePolicy.PATIENT.onFailure());
    assertThat(limiter.limiter().failures()).isEqualTo(3);
    client.close();
  }

  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64", "aarch64"})
  void lettuceUsesTheNativeTransportOnLinux() {
    assertThat(EpollProvider.isAvailable()).isTrue();
    try (RedisClient client = LettuceClient.connect(redis.address())) {
      client.pingBlocking(Duration.ofMinutes(1));

      assertThat(Thread.getAllStackTraces().keySet())
          .extracting(Thread::getName)
          .anyMatch(name -> name.startsWith("lettuce-epollEventLoop"))
          .noneMatch(name -> name.startsWith("lettuce-nioEventLoop"));
    }
  }

  /** The ids of all connections, which Redis never gives twice. */
  private static Set<String> connections() {
    return redis
        .text("CLIENT", "LIST")
        .lines()
        .map(line -> line.substring(0, line.indexOf(' ')))
        .collect(Collectors.toCollection(HashSet::new));
  }
}
