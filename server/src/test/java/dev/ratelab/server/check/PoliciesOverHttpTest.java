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
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.http.ServerOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tenants, policies and batches over HTTP. The clock stands still. */
class PoliciesOverHttpTest {
  private static final ServerOptions OPTIONS =
      RunningServers.OPTIONS.withDenyStatus(429).withMaxBodyBytes(ServerOptions.MAX_BODY_BYTES);
  private static final TimeSource STILL = () -> 1_800_000_000_000_000L;

  private static final ScopedPolicy LOGIN = ScopedPolicy.perKey(
      Policy.of("login", Algorithm.FIXED_WINDOW, Limit.of(2, Duration.ofSeconds(60))));
  private static final ScopedPolicy TOTAL = ScopedPolicy.perTenant(
      Policy.of("total", Algorithm.GCRA, Limit.of(10, Duration.ofSeconds(10)))
          .onFailure(FailurePolicy.FAIL_OPEN));
  private static final PolicySet POLICIES = PolicySet.of(
      List.of(LOGIN, TOTAL),
      List.of("login"),
      Map.of("acme", Map.of("login", Limit.of(3, Duration.ofSeconds(60)))));

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private int start(PolicySet policies, RateLimiter limiter) throws IOException {
    return servers.server(policies, limiter, OPTIONS).port();
  }

  private int start() throws IOException {
    return start(POLICIES, RateLimiters.inMemory(STILL, 1_000));
  }

  private static Response post(int port, String path, String body) throws IOException {
    return RawClient.ask(port, RawClient.request("POST", path, "", body));
  }

  private static Response check(int port, String body) throws IOException {
    return post(port, "/check", body);
  }

  private static String detail(Response response) {
    return JsonMapper.shared().readTree(response.body()).get("detail").stringValue();
  }

  @Test
  void aKeyAloneIsEnough() throws Exception {
    int port = start();

    Response response = check(port, "{\"key\":\"a\"}");

    assertThat(response.body())
        .isEqualTo(
            "{\"allowed\":true,\"limit\":2,\"remaining\":1,\"retryAfter\":0,\"resetAfter\":60}");
    assertThat(response.headers()).containsEntry("ratelimit-policy", "\"login\";q=2;w=60");
  }

  @Test
  void severalPoliciesAreOneAnswerThatNamesWhoDenied() throws Exception {
    int port = start();
    String body = "{\"tenant\":\"b\",\"policy\":[\"total\",\"login\"],\"key\":\"a\",\"cost\":2}";
    assertThat(check(port, body).body())
        .isEqualTo(
            "{\"allowed\":true,\"limit\":2,\"remaining\":0,\"retryAfter\":0,\"resetAfter\":60,"
                + "\"policies\":["
                + "{\"policy\":\"total\",\"allowed\":true,\"limit\":10,\"remaining\":8,\"retryAfter\":0,\"resetAfter\":2},"
                + "{\"policy\":\"login\",\"allowed\":true,\"limit\":2,\"remaining\":0,\"retryAfter\":0,\"resetAfter\":60}]}");

    Response denied = check(port, body);

    assertThat(denied.status()).isEqualTo(429);
    assertThat(denied.body())
        .as("the first policy would admit, and was not charged")
        .isEqualTo(
            "{\"allowed\":false,\"limit\":2,\"remaining\":0,\"retryAfter\":60,\"resetAfter\":60,"
                + "\"deniedBy\":\"login\",\"policies\":["
                + "{\"policy\":\"total\",\"allowed\":true,\"limit\":10,\"remaining\":8,\"retryAfter\":0,\"resetAfter\":2},"
                + "{\"policy\":\"login\",\"allowed\":false,\"limit\":2,\"remaining\":0,\"retryAfter\":60,\"resetAfter\":60}]}");
    assertThat(denied.headers())
        .containsEntry("ratelimit-policy", "\"total\";q=10;w=10, \"login\";q=2;w=60");
    assertThat(denied.headers())
        .containsEntry("ratelimit", "\"total\";r=8;t=2, \"login\";r=0;t=60");
    assertThat(denied.headers()).containsEntry("retry-after", "60");
  }

  @Test
  void tenantsShareNothingAndMayHaveALimitOfTheirOwn() throws Exception {
    int port = start();

    for (String tenant : List.of("b", "c")) {
      assertThat(check(port, "{\"tenant\":\"%s\",\"key\":\"a\",\"cost\":2}".formatted(tenant))
              .body())
          .startsWith("{\"allowed\":true,\"limit\":2,\"remaining\":0,");
    }
    assertThat(check(port, "{\"key\":\"a\",\"cost\":2}").body()).startsWith("{\"allowed\":true,");
    assertThat(check(port, "{\"tenant\":\"acme\",\"key\":\"a\",\"cost\":2}").body())
        .startsWith("{\"allowed\":true,\"limit\":3,\"remaining\":1,");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {"key":"a","policy":"x"}                     | 422 | unknown policy 'x'; accepted: login, total
          {"key":"a","policy":["login","x"]}           | 422 | unknown policy 'x'; accepted: login, total
          {"key":"a","tenant":"b","policy":"x"}        | 422 | unknown policy 'x'; accepted: login, total
          {"key":"a","policy":["login","login"]}       | 422 | names the policy 'login' twice
          {"key":"a","policy":"total"}                 | 422 | the policy 'total' counts per tenant
          {"key":"a","policy":["login"],"cost":3}      | 422 | the cost is 3; accepted: 1 to 2
          {"key":"a","tenant":"b","policy":["total","login"],"cost":3} | 422 | accepted: 1 to 2
          {"key":"a","policy":[]}                      | 400 | the list of policies is empty
          {"key":"a","policy":[1]}                     | 400 | a policy of the list is not a string
          {"key":"a","policy":1}                       | 400 | neither a string nor a list
          {"key":"a","policy":null}                    | 400 | neither a string nor a list
          {"key":"a","tenant":1}                       | 400 | the tenant is not a string
          """)
  void whatIsNotServedIsRejected(String body, int status, String detail) throws Exception {
    Response response = check(start(), body);

    assertThat(response.status()).isEqualTo(status);
    assertThat(detail(response)).contains(detail).doesNotContain("acme");
  }

  @Test
  void moreThanSixteenPoliciesAreRejected() throws Exception {
    String names =
        IntStream.range(0, 17).mapToObj(i -> "\"p" + i + "\"").collect(Collectors.joining(","));

    Response response = check(start(), "{\"key\":\"a\",\"policy\":[" + names + "]}");

    assertThat(response.status()).isEqualTo(422);
    assertThat(detail(response)).endsWith("accepted: 1 to 16");
  }

  @Test
  void policiesOfDifferentBackendsDoNotDecideTogether() throws Exception {
    ActivePolicies served = new ActivePolicies(
        POLICIES,
        Map.of(
            "login", RateLimiters.inMemory(STILL, 10),
            "total", RateLimiters.inMemory(STILL, 10)));

    Response response = check(
        servers
            .closing(CheckServer.start(() -> served, OPTIONS, servers.telemetry(), null))
            .port(),
        "{\"key\":\"a\",\"tenant\":\"b\",\"policy\":[\"login\",\"total\"]}");

    assertThat(response.status()).isEqualTo(422);
    assertThat(detail(response))
        .startsWith("the policies 'login' and 'total' have different backends");
  }

  @Test
  void aLimiterThatFailsIsAnsweredByEachFailurePolicy() throws Exception {
    RateLimiter broken = request -> CompletableFuture.failedFuture(new IOException("planted"));
    int port = start(POLICIES, broken);

    Response both =
        check(port, "{\"key\":\"a\",\"tenant\":\"b\",\"policy\":[\"total\",\"login\"]}");
    assertThat(both.status()).isEqualTo(503);
    assertThat(both.body())
        .isEqualTo(
            "{\"allowed\":false,\"limit\":2,\"decidedBy\":\"fail-closed\",\"because\":\"unavailable\",\"deniedBy\":\"login\",\"policies\":["
                + "{\"policy\":\"total\",\"allowed\":true,\"limit\":10,\"decidedBy\":\"fail-open\",\"because\":\"unavailable\"},"
                + "{\"policy\":\"login\",\"allowed\":false,\"limit\":2,\"decidedBy\":\"fail-closed\",\"because\":\"unavailable\"}]}");
    assertThat(
            check(port, "{\"key\":\"a\",\"tenant\":\"b\",\"policy\":\"total\"}").body())
        .isEqualTo(
            "{\"allowed\":true,\"limit\":10,\"decidedBy\":\"fail-open\",\"because\":\"unavailable\"}");
  }

  /** A gateway that passes the status on must not tell a client that it is over a limit where nobody counted. */
  @Test
  void whatTheLocalLimiterDeniesIsADenialAndSaysWhoDecided() throws Exception {
    ScopedPolicy local = ScopedPolicy.perKey(
        Policy.of("local", Algorithm.FIXED_WINDOW, Limit.of(3, Duration.ofSeconds(60)))
            .onFailure(FailurePolicy.LOCAL));
    RateLimiter away = RateLimiters.guarded(
        request -> CompletableFuture.completedFuture(
            RequestDecision.undecided(request, FailureReason.DEADLINE)),
        Guard.defaults().withInstances(2),
        STILL);
    int port = start(PolicySet.of(local), away);

    Response admitted = check(port, "{\"key\":\"a\"}");
    assertThat(admitted.body())
        .startsWith(
            "{\"allowed\":true,\"limit\":1,\"decidedBy\":\"local\",\"because\":\"deadline\",\"remaining\":0,");
    Response denied = check(port, "{\"key\":\"a\"}");
    assertThat(denied.status()).isEqualTo(429);
    assertThat(denied.headers()).containsEntry("ratelab-decided-by", "local;because=deadline");
    assertThat(denied.headers().get("ratelimit")).startsWith("\"local\";r=0;t=");
    assertThat(Long.parseLong(denied.headers().get("retry-after"))).isBetween(1L, 60L);
  }

  @Test
  void whatIsInShadowIsShownAndInNoField() throws Exception {
    ScopedPolicy shadow = ScopedPolicy.perKey(
            Policy.of("shadow", Algorithm.FIXED_WINDOW, Limit.of(1, Duration.ofSeconds(60))))
        .withShadow(true);
    PolicySet both = PolicySet.of(List.of(LOGIN, shadow), List.of("login", "shadow"), Map.of());
    int port = start(both, RateLimiters.inMemory(STILL, 1_000));
    check(port, "{\"key\":\"a\"}");

    Response response = check(port, "{\"key\":\"a\"}");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body())
        .startsWith("{\"allowed\":true,\"limit\":2,")
        .contains(
            "{\"policy\":\"login\",\"allowed\":",
            "{\"policy\":\"shadow\",\"shadow\":true,\"allowed\":false,")
        .doesNotContain("deniedBy");
    assertThat(response.headers()).containsEntry("ratelimit-policy", "\"login\";q=2;w=60");
    assertThat(response.headers().get("ratelimit"))
        .startsWith("\"login\";r=0;")
        .doesNotContain("shadow");

    Response alone = check(port, "{\"key\":\"a\",\"policy\":\"shadow\",\"cost\":5}");
    assertThat(alone.status()).isEqualTo(200);
    assertThat(alone.body())
        .as("a cost that it could never admit")
        .startsWith("{\"allowed\":true,\"limit\":1,")
        .contains("\"policies\":[{\"policy\":\"shadow\",\"shadow\":true,\"allowed\":false,");
    assertThat(alone.headers()).doesNotContainKey("ratelimit");
    assertThat(alone.headers()).doesNotContainKey("ratelimit-policy");
    assertThat(alone.headers()).doesNotContainKey("retry-after");
  }

  @Test
  void aBatchIsAnsweredInItsOrderWith200() throws Exception {
    int port = start();

    Response response = post(
        port,
        "/check/batch",
        "[{\"key\":\"a\",\"cost\":2},{\"key\":\"b\"},{\"key\":\"a\"},"
            + "{\"key\":\"c\",\"tenant\":\"t\",\"policy\":[\"login\",\"total\"]}]");

    assertThat(response.status()).isEqualTo(200);
    JsonNode answers = JsonMapper.shared().readTree(response.body());
    assertThat(answers.size()).isEqualTo(4);
    assertThat(answers.get(0).toString())
        .isEqualTo(
            "{\"allowed\":true,\"limit\":2,\"remaining\":0,\"retryAfter\":0,\"resetAfter\":60}");
    assertThat(answers.get(1).get("remaining").intValue()).isEqualTo(1);
    assertThat(answers.get(2).get("allowed").booleanValue()).isFalse();
    assertThat(answers.get(3).get("policies").size()).isEqualTo(2);
  }

  /** All are asked before the first has answered. */
  @Test
  void aBatchWaitsForNoneBeforeTheNext() throws Exception {
    List<CompletableFuture<RequestDecision>> asked = new ArrayList<>();
    CompletableFuture<Void> last = new CompletableFuture<>();
    int port = start(POLICIES, request -> {
      CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
      asked.add(answer);
      if (asked.size() == 3) {
        last.complete(null);
      }
      return answer;
    });
    RawClient client = servers
        .connect(port)
        .send(RawClient.request(
            "POST", "/check/batch", "", "[{\"key\":\"a\"},{\"key\":\"b\"},{\"key\":\"c\"}]"));

    last.join();
    for (int i = 2; i >= 0; i--) {
      asked.get(i).complete(RequestDecision.of("login", Decision.allow(2, i, 0)));
    }

    JsonNode answers = JsonMapper.shared().readTree(client.read().body());
    assertThat(IntStream.range(0, 3).map(i -> answers.get(i).get("remaining").intValue()))
        .containsExactly(0, 1, 2);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          ``                               | 400 | the body is empty
          {"key":"a"}                      | 400 | not a JSON list
          []                               | 400 | the batch is empty
          [{"key":"a"},1]                  | 400 | check [1]: it is not a JSON object
          [{"key":"a"},{}]                 | 400 | check [1]: the key is missing
          [{"key":"a"},{"key":"b","cost":3}] | 422 | check [1]: the cost is 3; accepted: 1 to 2
          [{"key":"a"}                     | 400 | not valid JSON
          [{"key":"a"}] []                 | 400 | goes on after
          """)
  void aBatchWithOneThatIsRejectedChargesNobody(String body, int status, String detail)
      throws Exception {
    int port = start(POLICIES, request -> {
      throw new AssertionError("a rejected batch must not be charged");
    });

    Response response = post(port, "/check/batch", body);

    assertThat(response.status()).isEqualTo(status);
    assertThat(detail(response)).contains(detail);
  }

  @Test
  void theBoundOnBatchesIsExact() throws Exception {
    int port = start();
    String thousand = IntStream.range(0, 1_000)
        .mapToObj(i -> "{\"key\":\"k" + i + "\"}")
        .collect(Collectors.joining(","));

    Response most = post(port, "/check/batch", "[" + thousand + "]");
    assertThat(most.status()).isEqualTo(200);
    assertThat(JsonMapper.shared().readTree(most.body()).size()).isEqualTo(1_000);
    Response more = post(port, "/check/batch", "[" + thousand + ",{\"key\":\"x\"}]");
    assertThat(more.status()).isEqualTo(413);
    assertThat(detail(more)).contains("the batch is too long; accepted: a list of 1 to 1000");
  }
}
