package dev.ratelab.server.check;

import static dev.ratelab.server.RunningServers.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The contract of POST /check and GET /health. */
class CheckServerTest {
  private static final Decision ADMITTED = Decision.allow(10, 7, 18_000_000);
  private static final Decision DENIED = Decision.deny(10, 0, 5_000_001, 60_000_000);

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private static Response send(int port, String method, String path, String body)
      throws IOException {
    return RawClient.ask(port, RawClient.request(method, path, "", body));
  }

  private static Response check(int port, String body) throws IOException {
    return send(port, "POST", "/check", body);
  }

  private static JsonNode json(Response response) {
    return JsonMapper.shared().readTree(response.body());
  }

  private static void assertProblem(Response response, int status, String detail) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.headers()).containsEntry("content-type", "application/problem+json");
    JsonNode problem = json(response);
    assertThat(problem.propertyNames())
        .containsExactlyInAnyOrder("type", "title", "status", "detail");
    assertThat(problem.get("type").stringValue()).isEqualTo("about:blank");
    assertThat(problem.get("title").stringValue()).isNotEmpty();
    assertThat(problem.get("status").intValue()).isEqualTo(status);
    assertThat(problem.get("detail").stringValue()).contains(detail);
  }

  @Test
  void anAdmissionSaysHowMuchIsLeft() throws Exception {
    int port = servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS);

    Response response = check(port, "{\"key\":\"user123\"}");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            "{\"allowed\":true,\"limit\":10,\"remaining\":7,\"retryAfter\":0,\"resetAfter\":18}");
    assertThat(response.headers()).containsEntry("content-type", "application/json");
    assertThat(response.headers()).containsEntry("ratelimit-policy", "\"api.v1\";q=10;w=60");
    assertThat(response.headers()).containsEntry("ratelimit", "\"api.v1\";r=7;t=18");
    assertThat(response.headers()).doesNotContainKey("ratelab-decided-by");
    assertThat(response.headers()).doesNotContainKey("retry-after");
    assertThat(response.headers().get("date"))
        .matches("[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} \\d{2}:\\d{2}:\\d{2} GMT");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 429})
  void aDenialSaysWhenToComeBack(int denyStatus) throws Exception {
    int port = servers.start(ScriptedLimiter.always(DENIED), OPTIONS.withDenyStatus(denyStatus));

    Response response = check(port, "{\"key\":\"user123\"}");

    assertThat(response.status()).isEqualTo(denyStatus);
    assertThat(response.body())
        .isEqualTo(
            "{\"allowed\":false,\"limit\":10,\"remaining\":0,\"retryAfter\":5.000001,\"resetAfter\":60}");
    assertThat(response.headers()).containsEntry("ratelimit", "\"api.v1\";r=0;t=6");
    assertThat(response.headers())
        .as("rounded up: five seconds would be a microsecond too early")
        .containsEntry("retry-after", "6");
  }

  @Test
  void aDenyStatusOf429LeavesAdmissionsAlone() throws Exception {
    int port = servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS.withDenyStatus(429));

    assertThat(check(port, "{\"key\":\"a\"}").status()).isEqualTo(200);
  }

  @Test
  void keyAndCostReachTheLimiter() throws Exception {
    ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
    int port = servers.start(
        ScriptedLimiter.deciding((key, cost) -> {
          seen.add(cost + " of " + key);
          return CompletableFuture.completedFuture(ADMITTED);
        }),
        OPTIONS);

    check(port, "{\"key\":\"\"}");
    check(port, "{ \"cost\" : 10 , \"key\" : \"\\u00e9\uD83D\uDE00\" }");
    check(port, "{\"key\":\"" + "k".repeat(10_000) + "\"}");

    assertThat(seen)
        .containsExactly("1 of ", "10 of \u00e9\uD83D\uDE00", "1 of " + "k".repeat(10_000));
  }

  /** The whole way with a real limiter: all of the burst, then a denial. */
  @Test
  void aRealLimiterRunsDry() throws Exception {
    int port = servers.start(RateLimiters.inMemory(), OPTIONS);

    assertThat(json(check(port, "{\"key\":\"a\",\"cost\":10}")).get("allowed").booleanValue())
        .isTrue();
    assertThat(json(check(port, "{\"key\":\"a\",\"cost\":10}")).get("allowed").booleanValue())
        .isFalse();
    assertThat(json(check(port, "{\"key\":\"b\",\"cost\":10}")).get("allowed").booleanValue())
        .isTrue();
  }

  @Test
  void aFailedBackendUnderFailClosedIs503() throws Exception {
    int port = servers.start(
        ScriptedLimiter.always(
            Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE)),
        OPTIONS.withDenyStatus(429));

    Response response = check(port, "{\"key\":\"a\"}");

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.body())
        .isEqualTo(
            "{\"allowed\":false,\"limit\":10,\"decidedBy\":\"fail-closed\",\"because\":\"deadline\"}");
    assertThat(response.headers()).as("what is left is not known").doesNotContainKey("ratelimit");
    assertThat(response.headers())
        .containsEntry("ratelab-decided-by", "fail-closed;because=deadline");
    assertThat(response.headers()).containsEntry("retry-after", "1");
  }

  @Test
  void aFailedBackendUnderFailOpenAdmits() throws Exception {
    int port = servers.start(
        ScriptedLimiter.always(Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.SHED)),
        OPTIONS);

    Response response = check(port, "{\"key\":\"a\"}");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            "{\"allowed\":true,\"limit\":10,\"decidedBy\":\"fail-open\",\"because\":\"shed\"}");
    assertThat(response.headers()).containsEntry("ratelab-decided-by", "fail-open;because=shed");
    assertThat(response.headers()).doesNotContainKey("retry-after");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLimiterThatThrowsIsABackendThatFailed(boolean atOnce) throws Exception {
    IllegalStateException bug = new IllegalStateException("planted by the test");
    int port = servers.start(
        ScriptedLimiter.deciding((key, cost) -> {
          if (atOnce) {
            throw bug;
          }
          return CompletableFuture.failedFuture(bug);
        }),
        OPTIONS);

    Response response = check(port, "{\"key\":\"a\"}");

    assertThat(response.status()).isEqualTo(503);
    assertThat(json(response).get("allowed").booleanValue()).isFalse();
    assertThat(response.body()).doesNotContain("planted");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          ``                             | 400 | the body is empty
          {                              | 400 | not valid JSON
          {"key":"a"                     | 400 | not valid JSON
          {'key':'a'}                    | 400 | not valid JSON
          {"key":"a",}                   | 400 | not valid JSON
          {"key":"a","cost":01}          | 400 | not valid JSON
          {"key":"a","cost":NaN}         | 400 | not valid JSON
          {"key":"a","key":"b"}          | 400 | a field is there twice
          {"key":"a"} x                  | 400 | not valid JSON
          {"key":"a"} {}                 | 400 | goes on after
          []                             | 400 | not a JSON object
          "a"                            | 400 | not a JSON object
          null                           | 400 | not a JSON object
          {}                             | 400 | key is missing
          {"cost":1}                     | 400 | key is missing
          {"key":null}                   | 400 | key is not a string
          {"key":1}                      | 400 | key is not a string
          {"key":["a"]}                  | 400 | key is not a string
          {"key":"a","cost":"1"}         | 400 | cost is not a whole number
          {"key":"a","cost":1.5}         | 400 | cost is not a whole number
          {"key":"a","cost":1e0}         | 400 | cost is not a whole number
          {"key":"a","cost":null}        | 400 | cost is not a whole number
          {"key":"a","costs":5}          | 400 | unknown field 'costs'
          {"key":"a","cost":0}           | 422 | accepted: 1 to 10
          {"key":"a","cost":-1}          | 422 | accepted: 1 to 10
          {"key":"a","cost":11}          | 422 | accepted: 1 to 10
          {"key":"a","cost":18446744073709551617} | 422 | accepted: 1 to 10
          """)
  void aBodyThatIsNoCheckIsRejected(String body, int status, String detail) throws Exception {
    int port = servers.start(
        ScriptedLimiter.deciding((key, cost) -> {
          throw new AssertionError("a rejected request must not be charged");
        }),
        OPTIONS);

    assertProblem(check(port, body), status, detail);
  }

  /** The bound of the cost is the smaller of limit and burst. */
  @Test
  void aCostAboveTheBurstIsRejected() throws Exception {
    Limit limit = ScriptedLimiter.LIMIT.withBurst(3);
    PolicySet policies =
        PolicySet.of(ScopedPolicy.perKey(Policy.of("p", Algorithm.TOKEN_BUCKET, limit)));
    int port = servers.server(policies, RateLimiters.inMemory(), OPTIONS).port();

    assertThat(check(port, "{\"key\":\"a\",\"cost\":3}").status()).isEqualTo(200);
    assertProblem(check(port, "{\"key\":\"a\",\"cost\":4}"), 422, "accepted: 1 to 3");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,    /check,   405, POST",
    "PUT,    /check,   405, POST",
    "DELETE, /check,   405, POST",
    "POST,   /health,  405, 'GET, HEAD'",
    "POST,   /,        405, 'GET, HEAD'",
    "POST,   /metrics, 405, 'GET, HEAD'",
    "POST,   /checks,  404, ",
    "POST,   /check/,  404, "
  })
  void otherMethodsAndPathsAreRejected(String method, String path, int status, String allow)
      throws Exception {
    int port = servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS);

    Response response = send(port, method, path, "{\"key\":\"a\"}");

    assertProblem(response, status, path);
    assertThat(response.headers().get("allow")).isEqualTo(allow);
  }

  @Test
  void aQueryIsNotPartOfThePath() throws Exception {
    int port = servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS);

    assertThat(send(port, "POST", "/check?from=test", "{\"key\":\"a\"}").status())
        .isEqualTo(200);
  }

  @Test
  void theBoundOnBodiesIsExact() throws Exception {
    int port = servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS.withMaxBodyBytes(100));
    String most = "{\"key\":\"" + "k".repeat(90) + "\"}";

    assertThat(check(port, most).status()).isEqualTo(200);
    assertProblem(check(port, most + " "), 413, "at most 100 bytes");
  }

  @Test
  void healthIsWhatTheProbeSays() throws Exception {
    CompletableFuture<Void> up = CompletableFuture.completedFuture(null);
    CompletableFuture<Void> down = CompletableFuture.failedFuture(new IOException("away"));

    Response well = send(
        servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS.withHealth(() -> up)),
        "GET",
        "/health",
        "");
    Response ill = send(
        servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS.withHealth(() -> down)),
        "GET",
        "/health",
        "");

    assertThat(well.status()).isEqualTo(200);
    assertThat(well.body()).isEqualTo("{\"status\":\"up\"}");
    assertThat(ill.status()).isEqualTo(503);
    assertThat(ill.body()).isEqualTo("{\"status\":\"down\",\"reason\":\"away\"}");
  }

  @Test
  void aPortInUseIsOneClearSentence() throws Exception {
    int port = servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS);

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(
            () -> servers.start(ScriptedLimiter.always(ADMITTED), OPTIONS.at("127.0.0.1", port)))
        .withMessage("cannot listen on 127.0.0.1:%d: Address already in use".formatted(port));
  }
}
