package dev.ratelab.server.policies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.StoredPolicies;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.server.http.HttpCall;
import dev.ratelab.server.http.Response;
import dev.ratelab.server.telemetry.Logged;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The admin API on a real Redis: what it answers, what is stored, and what is served after it. */
class AdminApiTest {
  private static final String TOKEN = "a-token-of-the-tests";
  private static final String START = """
      {"policies": {"api": {"limit": 5, "window": "31d"}, "login": {"limit": 3, "window": "31d", "algorithm": "fixed-window"}},
       "default": "api", "tenants": {"acme/1": {"login": {"limit": 4, "window": "31d"}}}}""";
  private static final AtomicInteger NAMESPACES = new AtomicInteger();

  private static RunningRedis redis;
  private static RedisClient client;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private StoredPolicies stored;
  private LivePolicies live;
  private AdminApi admin;

  @BeforeAll
  static void connect() {
    redis = RunningRedis.ownForTests();
    client = LettuceClient.connect(redis.address());
  }

  @AfterAll
  static void disconnect() {
    client.close();
    redis.close();
  }

  @BeforeEach
  void open() throws Exception {
    stored =
        StoredPolicies.of(client, "admin-" + NAMESPACES.incrementAndGet(), Duration.ofMinutes(1));
    stored.replace(null, START);
    live = live();
    admin = admin(live, stored);
  }

  private LivePolicies live() throws Exception {
    LivePolicies made = new LivePolicies(new RedisPolicies(stored), PolicyReaders.any());
    opened.add(made);
    return made;
  }

  private AdminApi admin(LivePolicies of, @Nullable StoredPolicies in) throws Exception {
    AdminAccess access = AdminAccess.of(AdminToken.find(null, TOKEN), null).orElseThrow();
    AdminApi made = new AdminApi(access, of, PolicyReaders.any(), in);
    opened.add(made);
    return made;
  }

  private static HttpHeaders authorized() {
    return new DefaultHttpHeaders().set("Authorization", "Bearer " + TOKEN);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private record Answer(Response response) {
    int status() {
      return response.status().code();
    }

    String tag() {
      return Objects.requireNonNull(response.field("etag"));
    }

    String body() {
      return response.text();
    }

    JsonNode json() {
      return JsonMapper.shared().readTree(body());
    }

    String detail() {
      return json().get("detail").stringValue();
    }
  }

  private static Answer ask(
      AdminApi of, String method, String path, HttpHeaders headers, String body) {
    return new Answer(
        of.answer(call(method, path, headers, body), path).toCompletableFuture().join());
  }

  private static HttpCall call(String method, String path, HttpHeaders headers, String body) {
    return new HttpCall(
        HttpMethod.valueOf(method),
        path,
        () -> headers,
        body.getBytes(StandardCharsets.UTF_8),
        null);
  }

  private Answer ask(String method, String path, String condition, String body) {
    HttpHeaders headers = authorized();
    if (!condition.isEmpty()) {
      String[] field = condition.split(": ", 2);
      headers.set(field[0], field[1]);
    }
    return ask(admin, method, path, headers, body);
  }

  private Answer get(String path) {
    return ask("GET", path, "", "");
  }

  private JsonNode document() {
    return JsonMapper.shared().readTree(Objects.requireNonNull(stored.read()).document());
  }

  private long limit(String tenant, String policy) {
    return PolicyReaders.limit(live, tenant, policy);
  }

  @Test
  void withoutTheTokenNothingIsTold() {
    HttpHeaders none = new DefaultHttpHeaders();
    Answer missing = ask(admin, "GET", "/policies", none, "");
    assertThat(missing.status()).isEqualTo(401);
    assertThat(missing.response().field("www-authenticate")).isEqualTo("Bearer realm=\"ratelab\"");

    HttpHeaders wrong = new DefaultHttpHeaders().set("Authorization", "Bearer " + TOKEN + "x");
    for (String path :
        List.of("/policies", "/policies/api", "/policies/nowhere", "/policies/a/b")) {
      for (String method : List.of("GET", "PUT", "DELETE", "POST")) {
        Answer refused = ask(admin, method, path, wrong, "no json");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.response().field("www-authenticate"))
            .isEqualTo("Bearer realm=\"ratelab\", error=\"invalid_token\"");
        assertThat(refused.body()).doesNotContain(TOKEN, "login");
      }
    }
    assertThat(document()).isEqualTo(JsonMapper.shared().readTree(START));
  }

  @Test
  void allOfItAndEachPartCanBeRead() {
    assertThat(get("/policies").json()).isEqualTo(JsonMapper.shared().readTree(START));
    assertThat(get("/policies/api").json().toString())
        .isEqualTo("{\"limit\":5,\"window\":\"31d\"}");
    assertThat(get("/policies/login/tenants/acme%2F1").json().get("limit").intValue())
        .isEqualTo(4);
    assertThat(get("/policies/api").tag())
        .as("the same as long as nothing changes")
        .isEqualTo(get("/policies/api").tag())
        .matches("\"[A-Za-z0-9_-]{22}\"")
        .isNotEqualTo(get("/policies/login").tag());
    assertThat(get("/policies/api").response().field("cache-control")).isEqualTo("no-store");
    assertThat(get("/policies/other").status()).isEqualTo(404);
    assertThat(get("/policies/login/tenants/acme").status()).isEqualTo(404);
    assertThat(get("/policies/login/tenant/acme").status()).isEqualTo(404);
    assertThat(get("/policies/%zz").status()).isEqualTo(400);
  }

  @Test
  void aPolicyIsReplacedByWhoHasSeenIt() {
    String tag = get("/policies/api").tag();
    String body = "{\"limit\": 6, \"window\": \"31d\"}";

    assertThat(ask("PUT", "/policies/api", "", body).status()).isEqualTo(428);
    assertThat(ask("PUT", "/policies/api", "If-None-Match: *", body).status()).isEqualTo(412);
    assertThat(ask("PUT", "/policies/api", "If-Match: \"other\"", body).status())
        .isEqualTo(412);
    assertThat(limit(null, "api")).isEqualTo(5);
    Answer replaced = ask("PUT", "/policies/api", "If-Match: " + tag, body);
    assertThat(replaced.status()).isEqualTo(200);
    assertThat(replaced.tag()).isEqualTo(get("/policies/api").tag()).isNotEqualTo(tag);
    assertThat(limit(null, "api")).as("served here at once").isEqualTo(6);
    assertThat(ask("PUT", "/policies/api", "If-Match: " + tag, body).status())
        .as("seen before the change")
        .isEqualTo(412);
    assertThat(document().get("default").stringValue()).as("all else stays").isEqualTo("api");
  }

  @Test
  void aPolicyIsCreatedAndDeleted() {
    Answer created = ask("PUT", "/policies/new.1", "", "{\"limit\": 8, \"window\": \"1m\"}");
    assertThat(created.status()).isEqualTo(201);
    assertThat(limit(null, "new.1")).isEqualTo(8);

    assertThat(ask("DELETE", "/policies/new.1", "", "").status()).isEqualTo(428);
    assertThat(ask("DELETE", "/policies/new.1", "If-Match: \"x\"", "").status()).isEqualTo(412);
    Answer deleted = ask("DELETE", "/policies/new.1", "If-Match: " + created.tag(), "");
    assertThat(deleted.status()).isEqualTo(204);
    assertThat(deleted.body()).isEmpty();
    assertThat(ask("DELETE", "/policies/new.1", "If-Match: *", "").status()).isEqualTo(404);
    assertThat(document()).isEqualTo(JsonMapper.shared().readTree(START));
  }

  @Test
  void whatIsStillNeededIsNotDeleted() {
    Answer named = ask("DELETE", "/policies/api", "If-Match: *", "");
    assertThat(named.status()).isEqualTo(409);
    assertThat(named.detail()).contains("'api' decides requests that name none");
    Answer limits = ask("DELETE", "/policies/login", "If-Match: *", "");
    assertThat(limits.status()).isEqualTo(409);
    assertThat(limits.detail()).contains("tenants").doesNotContain("acme");

    assertThat(
            ask("DELETE", "/policies/login/tenants/acme%2F1", "If-Match: *", "").status())
        .isEqualTo(204);
    assertThat(document().has("tenants")).as("nothing empty is left").isFalse();
    assertThat(ask("DELETE", "/policies/login", "If-Match: *", "").status()).isEqualTo(204);
    assertThat(ask("DELETE", "/policies/api", "If-Match: *", "").status())
        .as("the last one")
        .isEqualTo(409);
  }

  @Test
  void aTenantGetsALimitOfItsOwn() {
    String body = "{\"limit\": 50, \"window\": \"31d\"}";
    try (Logged log = new Logged(AdminApi.class)) {
      assertThat(ask("PUT", "/policies/api/tenants/b+%C3%A4", "If-None-Match: *", body)
              .status())
          .isEqualTo(201);
      assertThat(log.lines())
          .containsExactly(Map.of("event", "policies_changed", "part", "/policies/api/tenants"));
    }
    assertThat(limit("b+ä", "api")).isEqualTo(50);
    assertThat(limit("c", "api")).isEqualTo(5);
    Answer unknown = ask("PUT", "/policies/none/tenants/b", "", body);
    assertThat(unknown.status()).isEqualTo(422);
    assertThat(unknown.json().at("/errors/0/pointer").stringValue()).isEqualTo("/tenants/b/none");
  }

  @Test
  void theWholeDocumentIsReplacedAndWithItTheDefault() {
    String tag = get("/policies").tag();
    String body = "{\"policies\": {\"only\": {\"limit\": 1, \"window\": \"1s\"}}}";
    assertThat(ask("PUT", "/policies", "", body).status()).isEqualTo(428);
    assertThat(ask("PUT", "/policies", "If-Match: " + tag, body).status()).isEqualTo(200);
    assertThat(live.get().policies().defaults()).containsExactly("only");

    assertThat(ask("PUT", "/policies/second", "", "{\"limit\": 2, \"window\": \"1s\"}")
            .status())
        .isEqualTo(201);
    assertThat(live.get().policies().defaults())
        .as("what decided alone is the default now that there are two")
        .containsExactly("only");
    assertThat(ask("DELETE", "/policies", "If-Match: *", "").response().field("allow"))
        .isEqualTo("GET, HEAD, PUT");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          /policies/api | {"limit": 0, "window": "1s"}                  | /policies/api/limit
          /policies/api | {"limit": 1, "window": "1s", "brust": 3}      | /policies/api/brust
          /policies/api | {"limit": 1, "window": "32d"}                 | /policies/api
          /policies/api | []                                            | /policies/api
          /policies/api | null                                          | /policies/api
          /policies/a%20b | {"limit": 1, "window": "1s"}                | /policies/a b
          /policies     | {}                                            | ``
          /policies     | {"policies": {"a": {"limit": 1, "window": "1s"}}, "default": "b"} | /default
          /policies     | 7                                             | ``
          /policies/login/tenants/x | {"limit": 1, "window": "1s", "burst": 2} | /tenants/x/login
          /policies/login/tenants/x | {"window": "1s"}                  | /tenants/x/login
          """)
  void whatIsWrongChangesNothingAndSaysWhere(String path, String body, String pointer) {
    String before = Objects.requireNonNull(stored.read()).document();

    Answer wrong = ask("PUT", path, get(path).status() == 404 ? "" : "If-Match: *", body);

    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.response().field("content-type")).isEqualTo("application/problem+json");
    assertThat(wrong.json().get("title").stringValue()).isEqualTo("Unprocessable Content");
    assertThat(wrong.json().get("errors").valueStream())
        .isNotEmpty()
        .allSatisfy(error -> assertThat(error.get("detail").stringValue()).isNotEmpty())
        .anySatisfy(error -> assertThat(error.get("pointer").stringValue()).isEqualTo(pointer));
    assertThat(Objects.requireNonNull(stored.read()).document()).isEqualTo(before);
  }

  /** As when Redis comes back empty: everybody serves what they had, which one part alone would replace. */
  @Test
  void whereNothingIsStoredOnlyAllOfItCanBeStored() throws Exception {
    StoredPolicies empty =
        StoredPolicies.of(client, "admin-" + NAMESPACES.incrementAndGet(), Duration.ofMinutes(1));
    AdminApi emptied = admin(live, empty);
    HttpHeaders headers = authorized();

    assertThat(ask(emptied, "GET", "/policies", headers, "").status()).isEqualTo(404);
    Answer part =
        ask(emptied, "PUT", "/policies/new", headers, "{\"limit\": 1, \"window\": \"1s\"}");
    assertThat(part.status()).isEqualTo(409);
    assertThat(part.detail()).contains("accepted: first all policies, with PUT /policies");
    assertThat(empty.read()).isNull();
    assertThat(ask(emptied, "PUT", "/policies", headers, START).status()).isEqualTo(201);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          ``                   | the text is empty
          {"limit": 1          | the body:1:
          {"a": 1, "a": 2}     | a field is there twice
          {} {}                | it goes on after its end
          """)
  void whatIsNotJsonIs400(String body, String detail) {
    Answer wrong = ask("PUT", "/policies/api", "If-Match: *", body);

    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.detail()).contains(detail);
  }

  /** Each adds a policy of its own while others do: what is stored in between only makes it begin again. */
  @Test
  void changesOfDifferentPoliciesAtOnceAllTakePlace() throws Exception {
    AdminApi other = admin(live(), stored);
    HttpHeaders headers = authorized();
    List<CompletableFuture<Answer>> answers = IntStream.range(0, 40)
        .mapToObj(i -> (i % 2 == 0 ? admin : other)
            .answer(
                call("PUT", "/policies/p" + i, headers, "{\"limit\": 1, \"window\": \"1s\"}"),
                "/policies/p" + i)
            .thenApply(Answer::new)
            .toCompletableFuture())
        .toList();

    assertThat(answers).extracting(answer -> answer.join().status()).containsOnly(201);
    Set<String> names = Set.copyOf(document().get("policies").propertyNames());
    assertThat(names).hasSize(42);
  }

  /** Everybody adds one to the limit that he has read, and begins again when he is told that it was changed. */
  @Test
  void noChangeOfOnePolicyIsLost() throws Exception {
    AdminApi other = admin(live(), stored);
    IntStream.range(0, 24).parallel().forEach(i -> {
      AdminApi mine = i % 2 == 0 ? admin : other;
      int status = 412;
      while (status == 412) {
        HttpHeaders headers = authorized();
        Answer read = ask(mine, "GET", "/policies/api", headers, "");
        long next = read.json().get("limit").longValue() + 1;
        status = ask(
                mine,
                "PUT",
                "/policies/api",
                headers.set("If-Match", read.tag()),
                "{\"limit\": %d, \"window\": \"31d\"}".formatted(next))
            .status();
      }
      assertThat(status).isEqualTo(200);
    });

    assertThat(get("/policies/api").json().get("limit").intValue()).isEqualTo(5 + 24);
  }

  @Test
  void whatIsNoDocumentCanBeSeenAndReplacedOnly() {
    stored.replace(stored.version(), "no json");
    assertThat(get("/policies").json().stringValue()).isEqualTo("no json");
    assertThat(get("/policies/api").status()).isEqualTo(404);
    Answer part = ask("PUT", "/policies/api", "", "{\"limit\": 1, \"window\": \"1s\"}");
    assertThat(part.status()).isEqualTo(409);
    assertThat(part.detail()).contains("accepted: PUT /policies with If-Match: *");
    live.poll();
    assertThat(limit(null, "api")).as("the last good one is served").isEqualTo(5);

    assertThat(ask("PUT", "/policies", "If-Match: " + get("/policies").tag(), START)
            .status())
        .isEqualTo(200);
    assertThat(get("/policies/api").status()).isEqualTo(200);
  }

  @Test
  void whereThePoliciesAreNotInRedisTheyCanBeReadOnly() throws Exception {
    LivePolicies fixed = new LivePolicies(
        new FixedPolicies("the file p.yaml", PolicyDocument.json("p.yaml", START)),
        PolicyReaders.any());
    opened.add(fixed);
    admin = admin(fixed, null);

    assertThat(get("/policies").json()).isEqualTo(JsonMapper.shared().readTree(START));
    assertThat(get("/policies/api").status()).isEqualTo(200);
    for (String method : List.of("PUT", "DELETE", "POST")) {
      Answer refused = ask(method, "/policies/api", "If-Match: *", "{}");
      assertThat(refused.status()).isEqualTo(405);
      assertThat(refused.response().field("allow")).isEqualTo("GET, HEAD");
      assertThat(refused.detail())
          .contains("the policies are those of the file p.yaml, where they can be changed");
    }
  }

  @Test
  void aRedisThatIsAwayIs503AndChangesNothing() throws Exception {
    RunningRedis own = RunningRedis.ownForTests();
    try (RedisClient ours = LettuceClient.connect(own.address())) {
      stored = StoredPolicies.of(ours, "away", Duration.ofSeconds(5));
      stored.replace(null, START);
      live = live();
      admin = admin(live, stored);
      own.close();

      assertThat(get("/policies").status()).isEqualTo(503);
      Answer put = ask("PUT", "/policies/x", "", "{\"limit\": 1, \"window\": \"1s\"}");
      assertThat(put.status()).isEqualTo(503);
      assertThat(put.detail()).contains("unknown until a GET tells");
      live.poll();
      assertThat(limit(null, "api")).isEqualTo(5);
    }
  }
}
