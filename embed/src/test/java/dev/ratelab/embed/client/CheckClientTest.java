package dev.ratelab.embed.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a real server whose limiter is the test's, and against servers that do not answer. */
class CheckClientTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration SHORT = Duration.ofMillis(100);
  private static final PolicySet POLICIES =
      PolicySet.of(List.of(policy("user"), policy("total")), List.of("user"), Map.of());

  @ParameterizedTest
  @ValueSource(ints = {200, 429})
  void everyFieldOfADecisionComesBack(int denyStatus) throws IOException {
    for (Decision decision : List.of(
        Decision.allow(100, 99, 10_001).delayedBy(1),
        Decision.allow(100, 0, Limit.MAX_WINDOW_MICROS),
        Decision.deny(100, 3, 1_234_567, 9_000_000),
        Decision.undecided(100, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE),
        Decision.undecided(100, FailurePolicy.FAIL_OPEN, FailureReason.DEADLINE))) {
      try (CheckServer server =
          serving(request -> RequestDecision.of("user", decision), denyStatus)) {
        CheckAnswer answer = client(server).check(Check.of("alice"));

        assertThat(answer).isEqualTo(new CheckAnswer(decision, null, Map.of(), null));
        assertThat(answer.allowed()).isEqualTo(decision.allowed());
      }
    }
  }

  @Test
  void allOfACheckIsSent() throws IOException {
    AtomicReference<Request> seen = new AtomicReference<>();
    try (CheckServer server = serving(
        request -> {
          seen.set(request);
          return RequestDecision.undecided(request, FailureReason.DEADLINE);
        },
        200)) {
      client(server)
          .check(
              Check.of("\"\\ ü \uD83D\uDE80\n").withCost(7).onBehalfOf("acme").by("total", "user"));
    }

    assertThat(seen.get())
        .isEqualTo(new Request(
            "acme", "\"\\ ü \uD83D\uDE80\n", 7, POLICIES.resolve(null, List.of("total", "user"))));
  }

  @Test
  void ofSeveralPoliciesEachIsTold() throws IOException {
    Decision admits = Decision.allow(100, 5, 20);
    Decision denies = Decision.deny(10, 0, 30, 40);
    try (CheckServer server = serving(
        request -> RequestDecision.of(
            List.of(new PolicyDecision("user", admits), new PolicyDecision("total", denies))),
        429)) {
      CheckAnswer answer = client(server).check(Check.of("alice").by("user", "total"));

      assertThat(answer.decision()).isEqualTo(Decision.deny(10, 0, 30, 40));
      assertThat(answer.deniedBy()).isEqualTo("total");
      assertThat(answer.policies())
          .containsOnly(Map.entry("user", admits), Map.entry("total", denies));
    }
  }

  @Test
  void aCheckThatIsRejectedIsTheCallersMistakeWhateverTheFailurePolicy() throws IOException {
    try (CheckServer server =
        serving(asked -> RequestDecision.undecided(asked, FailureReason.DEADLINE), 200)) {
      CheckClient client = client(server).onFailure(FailurePolicy.FAIL_OPEN);

      assertThatExceptionOfType(CheckRejectedException.class)
          .isThrownBy(() -> client.check(Check.of("alice").by("usr")))
          .withMessage("unknown policy 'usr'; accepted: user, total")
          .satisfies(e -> assertThat(e.status()).isEqualTo(422));
      assertThatExceptionOfType(CheckRejectedException.class)
          .isThrownBy(() -> client.check(Check.of("alice").withCost(0)));
      assertThatExceptionOfType(CompletionException.class)
          .isThrownBy(() -> client
              .checkAsync(Check.of("alice").by("usr"))
              .thenApply(CheckAnswer::allowed)
              .toCompletableFuture()
              .join())
          .withCauseInstanceOf(CheckRejectedException.class);
    }
  }

  @ParameterizedTest
  @EnumSource(FailurePolicy.class)
  void theFailurePolicyAnswersForAServerThatIsAway(FailurePolicy policy) throws IOException {
    URI away;
    try (CheckServer server =
        serving(asked -> RequestDecision.undecided(asked, FailureReason.DEADLINE), 200)) {
      away = address(server.port());
    }

    CheckAnswer answer =
        CheckClient.of(away).withTimeout(LONG).onFailure(policy).check(Check.of("alice"));

    assertThat(answer.decision())
        .isEqualTo(Decision.undecided(0, policy, FailureReason.UNAVAILABLE));
    assertThat(answer.failure()).isNotBlank();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"allowed\":"})
  void aServerThatDoesNotFinishItsAnswerIsNotWaitedFor(String part) throws Exception {
    try (RawServer server = RawServer.sayingAndWaiting(part)) {
      CheckAnswer answer =
          CheckClient.of(address(server.port())).withTimeout(SHORT).check(Check.of("alice"));

      assertThat(answer.decision())
          .isEqualTo(Decision.undecided(0, FailurePolicy.FAIL_CLOSED, FailureReason.DEADLINE));
      assertThat(answer.failure()).isEqualTo("no answer within 100 ms");
    }
  }

  /** Whoever closes without an answer may have charged before. */
  @Test
  void aCheckIsNeverSentTwice() throws Exception {
    try (RawServer server = RawServer.sayingAndClosing("")) {
      CheckClient client = CheckClient.of(address(server.port())).withTimeout(LONG);

      CheckAnswer answer = client.check(Check.of("alice"));

      assertThat(answer.allowed()).isFalse();
      assertThat(answer.failure()).isNotBlank();
      assertThat(server.requests()).isEqualTo(1);
    }
  }

  @Test
  void aTokenIsSentAndOneThatIsRefusedIsTheCallersMistake() throws Exception {
    try (RawServer server =
        RawServer.sayingAndClosing("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")) {
      CheckClient client =
          CheckClient.of(address(server.port())).withTimeout(LONG).withToken("s3cret");

      assertThatExceptionOfType(CheckRejectedException.class)
          .isThrownBy(() -> client.check(Check.of("alice")))
          .withMessage("the server answered 401");
      assertThat(server.fields()).contains("Authorization: Bearer s3cret");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n{\"allowed\":true,\"decidedBy\":\"someone\"}",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\noops",
        "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\n{\"allowed\":true,\"retryAfter\":0.0000001}"
      })
  void whatIsNoDecisionIsNoAdmission(String response) throws Exception {
    try (RawServer server = RawServer.sayingAndClosing(response)) {
      CheckAnswer answer =
          CheckClient.of(address(server.port())).withTimeout(LONG).check(Check.of("alice"));

      assertThat(answer.decision())
          .isEqualTo(Decision.undecided(0, FailurePolicy.FAIL_CLOSED, FailureReason.UNAVAILABLE));
      assertThat(answer.failure()).startsWith("the server answered ");
    }
  }

  @Test
  void badAddressesAndTimeoutsAreRefused() {
    for (String address : List.of("ftp://h", "localhost:8080", "http:///x", "http://h?a=b")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CheckClient.of(URI.create(address)))
          .withMessage(
              "the server's address is '%s'; accepted: http://host:port or https://host:port",
              address);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CheckClient.of(URI.create("http://h")).withTimeout(Duration.ZERO))
        .withMessage("timeout is 0s; accepted: over 0");
  }

  private interface Decider {
    RequestDecision decide(Request request);
  }

  private static CheckServer serving(Decider decider, int denyStatus) throws IOException {
    RateLimiter limiter = request -> CompletableFuture.completedFuture(decider.decide(request));
    return CheckServer.start(
        POLICIES, limiter, ServerOptions.defaults().at("127.0.0.1", 0).withDenyStatus(denyStatus));
  }

  private static CheckClient client(CheckServer server) {
    return CheckClient.of(address(server.port())).withTimeout(LONG);
  }

  private static URI address(int port) {
    return URI.create("http://127.0.0.1:" + port + "/");
  }

  private static ScopedPolicy policy(String name) {
    return ScopedPolicy.perKey(
        Policy.of(name, Algorithm.GCRA, Limit.of(100, Duration.ofSeconds(1))));
  }
}
