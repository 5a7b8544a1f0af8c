package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.memory.MemoryJointRateLimiter;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LateRedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.RedisFailure;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.ServeCommandTest.Running;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RedisAwayAtStartTest {
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lettuce, fail-closed, local, 503, 503",
    "jedis,   fail-closed, redis, 503, 503",
    "lettuce, fail-open,   redis, 200, 200",
    "jedis,   fail-open,   local, 200, 200",
    "lettuce, local,       local, 200, 200",
    "jedis,   local,       redis, 200, 200",
  })
  void theServerAnswersByItsPoliciesUntilRedisComes(
      String client, String onFailure, String policies, int check, int ready) throws Exception {
    int port = freePort();
    try (Running server = Running.start(
        "--redis",
        "redis://127.0.0.1:" + port,
        "--client",
        client,
        "--policies",
        policies,
        "--on-failure",
        onFailure,
        "--deadline",
        "10s")) {
      Response away = server.check("a", 1);
      assertThat(away.status()).isEqualTo(check);
      assertThat(away.headers().get("ratelab-decided-by")).startsWith(onFailure);
      assertThat(server.get("/health/ready").status()).isEqualTo(ready);
      assertThat(server.get("/health").body())
          .contains("redis://127.0.0.1:" + port + " does not answer as a Redis");
      assertThat(server.get("/health/live").status()).isEqualTo(200);

      try (RunningRedis redis = RunningRedis.embeddedOn(port)) {
        while (server.check("a", 1).headers().containsKey("ratelab-decided-by")) {
          Thread.onSpinWait();
        }
        while (server.health() != 200) {
          Thread.onSpinWait();
        }
        assertThat(server.get("/health/ready").status()).isEqualTo(200);
        if (policies.equals("redis")) {
          awaitStored(redis.address());
        }
      }
    }
  }

  private static void awaitStored(RedisAddress address) {
    try (RedisClient client = LettuceClient.connect(address)) {
      StoredPolicies stored = StoredPolicies.of(client, "ratelab", Duration.ofMinutes(1));
      while (stored.version() == null) {
        Thread.onSpinWait();
      }
    }
  }

  /** Redis may hold others than those that the server was started with. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void whatRedisHoldsIsServedOnceItIsReached(String name) throws Exception {
    AtomicReference<RedisAddress> address =
        new AtomicReference<>(RedisAddress.parse("redis://127.0.0.1:" + freePort()));
    Document start = document(5);
    try (RunningRedis redis = RunningRedis.open("embedded");
        RedisClient other = LettuceClient.connect(redis.address());
        RedisClient late = LateRedisClient.connect(
            name,
            () -> name.equals("jedis")
                ? JedisClient.connect(address.get())
                : LettuceClient.connect(address.get()));
        LivePolicies live = new LivePolicies(
            new LatePolicies(
                new RedisPolicies(StoredPolicies.of(late, "ratelab", Duration.ofMinutes(1))),
                start),
            document -> new Limiters(MemoryJointRateLimiter.create(), null)
                .load(document, PolicyFile.read(document, Duration.ofSeconds(1), 1, false)))) {
      live.poll();
      assertThat(limit(live)).as("all that is known").isEqualTo(5);
      new RedisPolicies(StoredPolicies.of(other, "ratelab", Duration.ofMinutes(1)))
          .seed(document(7));

      address.set(redis.address());
      while (limit(live) != 7) {
        live.poll();
        assertThat(limit(live)).isIn(5L, 7L);
      }
    }
  }

  private static long limit(LivePolicies live) {
    return live.get().policies().all().iterator().next().policy().limit().permits();
  }

  private static Document document(long limit) throws ConfigurationException {
    return Document.json(
        "the start", "{\"policies\":{\"p\":{\"limit\":%s,\"window\":\"1h\"}}}".formatted(limit));
  }

  /** Asking again would meet the same: an operator must mend that, and is told at once. */
  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aRedisThatRefusesTheLoginIsNotWaitedFor(String name) {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      RedisAddress address = RedisAddress.parse(
          "redis://nobody:hunter2@127.0.0.1:" + redis.address().port());
      RedisFailure refusal = refusal(name, address);
      // A machine that is busy enough does not get to the refusal in time.
      while (!String.valueOf(refusal.getMessage()).contains("WRONGPASS")) {
        refusal = refusal(name, address);
      }

      RedisFailure told = refusal;
      assertThatExceptionOfType(RedisFailure.class)
          .isThrownBy(() -> LateRedisClient.connect(name, () -> {
            throw told;
          }))
          .isSameAs(told);
    }
  }

  private static RedisFailure refusal(String name, RedisAddress address) {
    try (RedisClient client =
        name.equals("jedis") ? JedisClient.connect(address) : LettuceClient.connect(address)) {
      throw new AssertionError("the login is refused over " + client.name());
    } catch (RedisFailure e) {
      return e;
    }
  }
}
