package dev.ratelab.server.check;

import static dev.ratelab.server.RunningServers.ADMITTED;
import static dev.ratelab.server.RunningServers.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.Algorithm;
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
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What orchestrators ask: /health/live and /health/ready, beside /health. */
class HealthTest {
  private static final Duration DEADLINE = Duration.ofMillis(250);

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private static Response get(CheckServer server, String path) throws IOException {
    return RawClient.ask(server.port(), RawClient.get(path));
  }

  private static void awaitStatus(CheckServer server, String path, int status) throws IOException {
    while (get(server, path).status() != status) {
      Pause.brief();
    }
  }

  private static Exposition metrics(CheckServer server) throws IOException {
    return Exposition.parse(get(server, "/metrics").body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void readyGoesAndComesWithRedisAndLiveStays(String name) throws Exception {
    RunningRedis redis = RunningRedis.open("embedded");
    Telemetry telemetry = servers.telemetry();
    try (RedisClient client = telemetry.metered(
            name.equals("jedis")
                ? JedisClient.connect(redis.address())
                : LettuceClient.connect(redis.address()));
        CheckServer server = servers.server(
            ScriptedLimiter.POLICIES,
            RateLimiters.onRedis(client, "ratelab-test"),
            OPTIONS.withHealth(telemetry.probing(() -> client.ping(DEADLINE))))) {
      String up = "ratelab_redis_up{client=\"" + name + "\"}";
      assertThat(get(server, "/health/ready").body()).isEqualTo("{\"status\":\"up\"}");
      assertThat(metrics(server).value(up)).isEqualTo(1);

      redis.close();
      awaitStatus(server, "/health/ready", 503);
      assertThat(get(server, "/health/ready").body())
          .startsWith("{\"status\":\"down\",\"reason\":\"Redis ");
      assertThat(get(server, "/health/live").status()).isEqualTo(200);
      assertThat(get(server, "/health").status()).isEqualTo(503);
      Exposition away = metrics(server);
      assertThat(away.value(up)).isZero();
      while (errors(away, name, "timeout") + errors(away, name, "error") < 3) {
        assertThat(get(server, "/health/ready").status()).isEqualTo(503);
        away = metrics(server);
      }

      try (RunningRedis again = RunningRedis.embeddedOn(redis.address().port())) {
        assertThat(again.address().port()).isEqualTo(redis.address().port());
        awaitStatus(server, "/health/ready", 200);
        assertThat(metrics(server).value(up)).isEqualTo(1);
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
    CheckServer server = servers.server(policies, undecided, away);
    assertThat(get(server, "/health").status()).isEqualTo(503);
    assertThat(get(server, "/health/ready").status()).isEqualTo(200);
  }

  /** Requests that load balancers still send are answered. */
  @Test
  void aServerThatIsToStopIsNotReadyAndServes() throws Exception {
    CheckServer server =
        servers.server(ScriptedLimiter.POLICIES, ScriptedLimiter.always(ADMITTED), OPTIONS);
    assertThat(get(server, "/health/ready").status()).isEqualTo(200);

    server.retire();

    assertThat(get(server, "/health/ready").status()).isEqualTo(503);
    assertThat(get(server, "/health/live").status()).isEqualTo(200);
    assertThat(get(server, "/health").status())
        .as("which asks after the backend alone")
        .isEqualTo(200);
    assertThat(RawClient.ask(server.port(), RawClient.check("a")).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health", "/health/live", "/health/ready"})
  void onlyGetAndHeadAreTaken(String path) throws Exception {
    RawClient client = servers.connect().send("HEAD " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
    assertThat(client.readHead().status()).isEqualTo(200);

    Response response = client.send(RawClient.request("POST", path, "", "")).read();
    assertThat(response.status()).isEqualTo(405);
    assertThat(response.headers()).containsEntry("allow", "GET, HEAD");
  }
}
