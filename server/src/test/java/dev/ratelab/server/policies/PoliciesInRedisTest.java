package dev.ratelab.server.policies;

import static dev.ratelab.server.policies.PolicyReaders.document;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.fixtures.Pause;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.command.ServeCommandTest;
import dev.ratelab.server.command.ServeCommandTest.Running;
import dev.ratelab.server.telemetry.Logged;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers, as the command starts them, that keep their policies in one real Redis. The time limit only ends a hang. */
@Timeout(value = 3, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PoliciesInRedisTest {
  private static final String TOKEN = "0123456789abcdef";
  private static final String KEY = "ratelab:{policies}";

  @TempDir
  private Path directory;

  private RunningRedis redis;

  @BeforeEach
  void start() throws Exception {
    redis = RunningRedis.ownForTests();
    Files.writeString(directory.resolve("token"), TOKEN + "\n");
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private Running server(String more, Object... values) throws IOException {
    return Running.start(
        "--redis %s --policies redis --admin-token-file %s %s",
        redis.address(), directory.resolve("token"), more.formatted(values));
  }

  private static Response admin(
      Running server, String method, String path, String header, String body) throws IOException {
    String authorization = "Authorization: Bearer " + TOKEN + "\r\n";
    return server.ask(RawClient.request(method, path, authorization + header, body));
  }

  private static void put(Running server, String path, String body) throws IOException {
    Response response = admin(server, "PUT", path, "If-Match: *\r\n", body);
    assertThat(response.status()).as(response.body()).isEqualTo(200);
  }

  private static long limit(Running server) throws IOException {
    // Costs nothing: a key of its own for each question.
    String field = server.check("q" + System.nanoTime(), 1).headers().get("ratelimit-policy");
    return Long.parseLong(field.replaceAll(".*q=(\\d+).*", "$1"));
  }

  private static void awaitLimit(Running server, long limit) throws IOException {
    while (limit(server) != limit) {
      Pause.brief();
    }
  }

  private void write(String version, String document) {
    try (RedisClient client = LettuceClient.connect(redis.address())) {
      client.run(
          Script.of(
              "hand",
              "return {redis.call('HSET', KEYS[1], 'version', ARGV[1], 'document', ARGV[2])}"),
          List.of(KEY.getBytes(StandardCharsets.UTF_8)),
          List.of(
              version.getBytes(StandardCharsets.UTF_8), document.getBytes(StandardCharsets.UTF_8)),
          Duration.ofMinutes(1));
    }
  }

  private static String one(long limit) {
    return "{\"limit\": %d, \"window\": \"31d\", \"algorithm\": \"fixed-window\"}".formatted(limit);
  }

  @Test
  void aLeaseIsStoredAndChangedLikeAnyOtherField() throws Exception {
    String changed = "{\"limit\":5,\"window\":\"1h\",\"lease\":{\"permits\":%s,\"for\":\"1m\"}}";
    try (Running server = server("--limit 5 --window 1h --lease-permits 5 --lease-for 1m")) {
      assertThat(admin(server, "GET", "/policies/default", "", "").body().replaceAll("\\s", ""))
          .contains("\"lease\":{\"permits\":5,\"for\":\"1m\"}");

      assertThat(admin(server, "PUT", "/policies/default", "If-Match: *\r\n", changed.formatted(6))
              .body())
          .contains(
              "the lease's permits are 6; accepted: at most 5, what the limit admits at once");
      put(server, "/policies/default", changed.formatted(2));

      assertThat(admin(server, "GET", "/policies/default", "", "").body().replaceAll("\\s", ""))
          .contains("\"lease\":{\"permits\":2,\"for\":\"1m\"}");
    }
  }

  /** What docs/policies.md says of counters, through the API, on two servers over different clients. */
  @Test
  void aChangeAtOneIsObeyedByTheOtherAndCountsAnew() throws Exception {
    try (Running a = server("--algorithm fixed-window --limit 5 --window 31d --deadline 1m");
        Running b = server("--client jedis --deadline 1m")) {
      assertThat(a.check("user", 3).body())
          .startsWith("{\"allowed\":true,\"limit\":5,\"remaining\":2,");
      assertThat(b.check("user", 2).body())
          .startsWith("{\"allowed\":true,\"limit\":5,\"remaining\":0,");

      put(a, "/policies/default", one(7));
      assertThat(limit(a)).as("at once where it was changed").isEqualTo(7);
      awaitLimit(b, 7);

      assertThat(b.check("user", 7).body())
          .as("another limit counts anew, for all instances together")
          .startsWith("{\"allowed\":true,\"limit\":7,\"remaining\":0,");
      assertThat(a.check("user", 1).body()).startsWith("{\"allowed\":false,\"limit\":7,");

      put(b, "/policies/default", one(7).replace("}", ", \"on-failure\": \"fail-open\"}"));
      assertThat(b.check("user", 1).body())
          .as("another failure policy changes nothing that was counted")
          .startsWith("{\"allowed\":false,\"limit\":7,");

      put(b, "/policies/default", one(5));
      awaitLimit(a, 5);
      assertThat(a.check("user", 1).body())
          .as("the old limit is back, and so is its count")
          .startsWith("{\"allowed\":false,\"limit\":5,");
    }
  }

  /** Both find nothing and want to store their own. */
  @Test
  void ofTwoThatStartAtOnceOneFillsTheStore() throws Exception {
    CompletableFuture<Running> first =
        CompletableFuture.supplyAsync(() -> unchecked("3"), OwnThread.EACH);
    CompletableFuture<Running> second =
        CompletableFuture.supplyAsync(() -> unchecked("4"), OwnThread.EACH);
    try (Running a = first.join();
        Running b = second.join()) {
      assertThat(limit(a)).isEqualTo(limit(b)).isIn(3L, 4L);
    }
    try (Running later = server("--limit 9")) {
      assertThat(limit(later))
          .as("what is stored counts, not what the options say")
          .isIn(3L, 4L);
    }
  }

  private Running unchecked(String limit) {
    try {
      return server("--limit %s --window 31d", limit);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFileFillsTheStoreAndItsTenantsAreServed() throws Exception {
    Path file = Path.of("..", "docs", "policies.example.yaml");
    try (Running a = server("--config %s", file);
        Running b = server("")) {
      assertThat(a.says()).startsWith("policies api, ");
      assertThat(b.says()).startsWith("policies api, ");
      assertThat(admin(b, "GET", "/policies", "", "").body()).contains("\"acme\"");
    }
  }

  @Test
  void whatWasWrittenByHandIsServedIfItIsRight() throws Exception {
    try (Logged log = new Logged(LivePolicies.class);
        Running server = server("--limit 5 --window 31d")) {
      write("1", document(0));
      while (log.warnings().isEmpty()) {
        assertThat(limit(server)).isEqualTo(5);
      }
      assertThat(log.warnings().get(0))
          .startsWith("Redis " + KEY + ":1:")
          .contains(": /policies/p/limit: ")
          .endsWith("; the policies from before are still served");

      write("2", "no json");
      while (log.warnings().size() < 2) {
        assertThat(limit(server)).isEqualTo(5);
      }
      assertThat(log.warnings().get(1)).contains(": the text is not valid JSON: ");

      write("3", document(6));
      awaitLimit(server, 6);
      while (log.warnings().size() < 3) {
        Pause.brief();
      }
      assertThat(log.warnings().get(2)).endsWith(": the policies there are right and served");
    }
  }

  @Test
  void aServerDoesNotStartWithWhatIsWrong() throws Exception {
    write("1", document(0));

    String err = ServeCommandTest.fail(
        2, "--port", "0", "--policies", "redis", "--redis", redis.address().toString());

    assertThat(err.strip().lines()).hasSize(1);
    assertThat(err).startsWith("Redis " + KEY + ":1:").contains(": /policies/p/limit: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void aRedisThatGoesAndComesBackEmptyIsSurvived(String client) throws Exception {
    try (Logged log = new Logged(LivePolicies.class);
        Running server = server("--limit 5 --window 31d --client %s", client)) {
      redis.close();
      while (log.warnings().isEmpty()) {
        Pause.brief();
      }
      assertThat(log.warnings().get(0)).contains("Redis does not give them");
      assertThat(server.check("a", 1).body())
          .startsWith("{\"allowed\":false,\"limit\":5,\"decidedBy\":\"fail-closed\",");

      redis = redis.again();
      while (log.warnings().size() < 2) {
        Pause.brief();
      }
      assertThat(log.warnings().get(1))
          .isEqualTo("Redis " + KEY + ": the policies there are right and served");
      awaitLimit(server, 5);
      try (Running later = server("--limit 100")) {
        assertThat(limit(later)).as("what was served is put back").isEqualTo(5);
      }
      assertThat(admin(server, "GET", "/policies", "", "").status()).isEqualTo(200);

      // By another instance or a person.
      write("1", document(8));
      awaitLimit(server, 8);
    }
  }

  /** The mechanism without a clock: the first look after a change finds it, and one at the version alone is all that others cost. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theNextLookFindsAChange(boolean lettuce) throws Exception {
    try (RedisClient client =
        lettuce ? LettuceClient.connect(redis.address()) : JedisClient.connect(redis.address())) {
      StoredPolicies stored = StoredPolicies.of(client, "ratelab", Duration.ofMinutes(1));
      RedisPolicies source = new RedisPolicies(stored);
      PolicySource.Found nothing = source.look();
      assertThatExceptionOfType(ConfigurationException.class)
          .isThrownBy(nothing::document)
          .withMessageContaining("no policies are stored there");
      assertThat(source.look()).isEqualTo(nothing);
      source.seed(PolicyDocument.json("", document(5)));
      source.seed(PolicyDocument.json("", document(6)));
      PolicySource.Found first = source.look();
      assertThat(first.document().root().at("/policies/p/limit").intValue()).isEqualTo(5);
      assertThat(source.look()).isEqualTo(first);

      stored.replace(Objects.requireNonNull(stored.version()), document(7));

      PolicySource.Found second = source.look();
      assertThat(second).isNotEqualTo(first);
      assertThat(second.document().root().at("/policies/p/limit").intValue()).isEqualTo(7);
      assertThat(source.look()).isEqualTo(second);
    }
  }

  @Test
  void withoutATokenThereIsNoAdminApi() throws Exception {
    try (Running server = Running.start("--redis none")) {
      for (String path : List.of("/policies", "/policies/default")) {
        Response response = admin(server, "GET", path, "", "");
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.body()).contains("the admin API is off");
      }
    }
  }

  @Test
  void aFileIsServedAgainWhenItChangesAndIsNotChangedByTheApi() throws Exception {
    Path file = Files.writeString(
        directory.resolve("p.yaml"), "policies:\n  p: {limit: 5, window: 31d, backend: memory}\n");
    try (Running server =
        Running.start("--config %s --admin-token-file %s", file, directory.resolve("token"))) {
      assertThat(server.says()).endsWith("in memory");
      assertThat(server.check("user", 5).body()).startsWith("{\"allowed\":true,");

      Files.writeString(file, """
          policies:
            p: {limit: 5, window: 31d, backend: memory}
            q: {limit: 6, window: 31d, backend: memory}
          default: [q, p]
          """);
      while (!server.check("other", 1).headers().get("ratelimit-policy").contains("\"q\"")) {
        Pause.brief();
      }
      assertThat(server.check("user", 1).body()).contains("\"deniedBy\":\"p\"");

      assertThat(admin(server, "GET", "/policies/q", "", "").body()).contains("\"limit\" : 6");
      Response put = admin(server, "PUT", "/policies/q", "If-Match: *\r\n", one(7));
      assertThat(put.status()).isEqualTo(405);
      assertThat(put.body()).contains("the policies are those of " + file);
    }
  }

  /** A file can begin to ask for what the server has not opened; to count in memory what should be shared would be worse. */
  @Test
  void theFirstPolicyOnRedisNeedsARestart() throws Exception {
    Path file = Files.writeString(
        directory.resolve("p.yaml"), "policies:\n  p: {limit: 5, window: 31d, backend: memory}\n");
    try (Logged log = new Logged(LivePolicies.class);
        Running server = Running.start("--config %s", file)) {
      Files.writeString(file, "policies:\n  p: {limit: 6, window: 31d}\n");
      while (log.warnings().isEmpty()) {
        assertThat(limit(server)).isEqualTo(5);
      }
      assertThat(log.warnings().get(0))
          .startsWith(file + ":1:1: /policies: the policy 'p' is the first on Redis");
    }
  }
}
