package dev.ratelab.server.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.Exposition;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What orchestrators ask: /health/live and /health/ready, beside /health. */
class HealthTest {
  private static final ServerOptions OPTIONS =
      ServerOptions.defaults().at("127.0.0.1", 0).withGrace(Duration.ZERO);
  private static final Duration DEADLINE = Duration.ofMillis(250);

  private static Response get(CheckServer server, String path) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      return client.send("GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n").read();
    }
  }

  private static void awaitStatus(CheckServer server, String path, int status) throws IOException {
    while (get(server, path).status() != status) {
      Thread.onSpinWait();
    }
  }

  private static String metrics(CheckServer server) throws IOException {
    return get(server, "/metrics").body();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void readyGoesAndComesWithRedisAndLiveStays(String name) throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    try (Telemetry telemetry = Telemetry.create();
        RedisClient client = telemetry.metered(
            name.equals("jedis")
                ? JedisClient.connect(redis.address())
                : LettuceClient.connect(redis.address()));
        CheckServer server = CheckServer.start(
            PolicySet.of(ScopedPolicy.perKey(
                Policy.of("p", Algorithm.GCRA, Limit.of(10, Duration.ofHours(1))))),
            RateLimiters.onRedis(client, "ratelab-test"),
            OPTIONS.withHealth(telemetry.probing(() -> client.ping(DEADLINE))),
            telemetry)) {
      String up = "ratelab_redis_up{client=\"" + name + "\"}";
      assertThat(get(server, "/health/ready").body()).isEqualTo("{\"status\":\"up\"}");
      assertThat(Exposition.parse(metrics(server)).value(up)).isEqualTo(1);

      redis.close();
      awaitStatus(server, "/health/ready", 503);
      assertThat(get(server, "/health/ready").body())
          .startsWith("{\"status\":\"down\",\"reason\":\"Redis ");
      assertThat(get(server, "/health/live").status()).isEqualTo(200);
      assertThat(get(server, "/health").status()).isEqualTo(503);
      Exposition away = Exposition.parse(metrics(server));
      assertThat(away.value(up)).isZero();
      while (errors(away, name, "timeout") + errors(away, name, "error") < 3) {
        assertThat(get(server, "/health/ready").status()).isEqualTo(503);
        away = Exposition.parse(metrics(server));
      }

      try (RunningRedis again = RunningRedis.embeddedOn(redis.address().port())) {
        assertThat(again.address().port()).isEqualTo(redis.address().port());
        awaitStatus(server, "/health/ready", 200);
        assertThat(Exposition.parse(metrics(server)).value(up)).isEqualTo(1);
        assertThat(get(server, "/health").status()).isEqualTo(200);
      }
    }
  }

  private static double errors(Exposition metrics, String client, String kind) {
    return metrics.value(
        "ratelab_redis_errors_total{client=\"%s\",kind=\"%s\"}".formatted(client, kind));
  }

  /** Whoever sent requests elsewhere would take away the only answer there is. */
  @Test
  void whereEveryPolicyAnswersWithoutRedisTheServerIsReady() throws Exception {
    Policy open = Policy.of("p", Algorithm.GCRA, Limit.of(10, Duration.ofHours(1)))
        .onFailure(FailurePolicy.FAIL_OPEN);
    PolicySet policies = PolicySet.of(ScopedPolicy.perKey(open));
    RateLimiter undecided = request -> CompletableFuture.completedFuture(
        RequestDecision.undecided(request, FailureReason.UNAVAILABLE));
    ServerOptions away = OPTIONS.withHealth(
        () -> CompletableFuture.failedFuture(new IllegalStateException("planted by the test")));
    try (CheckServer server = CheckServer.start(policies, undecided, away)) {
      assertThat(get(server, "/health").status()).isEqualTo(503);
      assertThat(get(server, "/health/ready").status()).isEqualTo(200);
    }
  }

  /** Requests that load balancers still send are answered. */
  @Test
  void aServerThatIsToStopIsNotReadyAndServes() throws Exception {
    try (CheckServer server = CheckServer.start(
        ScriptedLimiter.POLICIES, ScriptedLimiter.always(Decision.allow(10, 7, 0)), OPTIONS)) {
      assertThat(get(server, "/health/ready").status()).isEqualTo(200);

      server.retire();

      assertThat(get(server, "/health/ready").status()).isEqualTo(503);
      assertThat(get(server, "/health/live").status()).isEqualTo(200);
      assertThat(get(server, "/health").status())
          .as("which asks after the backend alone")
          .isEqualTo(200);
      try (RawClient client = new RawClient(server.port())) {
        assertThat(client.send(RawClient.check("a")).read().status()).isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/live", "/health/ready"})
  void onlyGetAndHeadAreTaken(String path) throws Exception {
    try (CheckServer server = CheckServer.start(
            ScriptedLimiter.POLICIES, ScriptedLimiter.always(Decision.allow(10, 7, 0)), OPTIONS);
        RawClient client = new RawClient(server.port())) {
      assertThat(client
              .send("HEAD " + path + " HTTP/1.1\r\nHost: test\r\n\r\n")
              .readHead()
              .status())
          .isEqualTo(200);
      Response response = client
          .send("POST " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
          .read();
      assertThat(response.status()).isEqualTo(405);
      assertThat(response.headers()).containsEntry("allow", "GET, HEAD");
    }
  }
}
