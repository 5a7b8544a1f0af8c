package dev.ratelab.embed.client;

import dev.ratelab.embed.Verdict;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks a server's {@code POST /check}. Thread-safe; connections are kept alive.
 *
 * <p>Where no answer comes in time, or none that is a decision, a failure policy answers. A check is never sent twice: one that
 * got no answer may have been charged all the same. Only a check that the server rejects is an exception.
 */
public final class CheckClient {
  /** The timeout unless another is set: twice what the server waits for its Redis by default. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(500);

  private static final int UNAUTHORIZED = 401;

  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
      .build();

  private final HttpClient http;
  private final URI check;
  private final Duration timeout;
  private final FailurePolicy onFailure;
  private final @Nullable String token;

  private CheckClient(
      HttpClient http,
      URI check,
      Duration timeout,
      FailurePolicy onFailure,
      @Nullable String token) {
    this.http = http;
    this.check = check;
    this.timeout = timeout;
    this.onFailure = onFailure;
    this.token = token;
  }

  /**
   * A client that fails closed after {@link #DEFAULT_TIMEOUT}.
   *
   * @param server the server's address, such as {@code http://127.0.0.1:8080}
   * @throws IllegalArgumentException if it is not one of HTTP
   */
  public static CheckClient of(URI server) {
    return of(
        server, HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
  }

  /**
   * As {@link #of(URI)} over an HTTP client of the caller's, which may know certificates and proxies.
   *
   * @throws IllegalArgumentException if the address is not one of HTTP
   */
  public static CheckClient of(URI server, HttpClient http) {
    boolean known = "http".equals(server.getScheme()) || "https".equals(server.getScheme());
    if (!known || server.getHost() == null || server.getQuery() != null) {
      throw new IllegalArgumentException(
          "the server's address is '%s'; accepted: http://host:port or https://host:port"
              .formatted(server));
    }
    String base = server.toString().replaceFirst("/+$", "");
    return new CheckClient(
        http, URI.create(base + "/check"), DEFAULT_TIMEOUT, FailurePolicy.FAIL_CLOSED, null);
  }

  /**
   * This client with another longest wait, from the call to the whole answer.
   *
   * @throws IllegalArgumentException if it is not over 0
   */
  public CheckClient withTimeout(Duration other) {
    if (other.isZero() || other.isNegative()) {
      throw new IllegalArgumentException(
          "timeout is %s; accepted: over 0".formatted(DurationText.of(other)));
    }
    return new CheckClient(http, check, other, onFailure, token);
  }

  /** This client with another failure policy. There is no limiter here to take over: {@code local} denies, as the default does. */
  public CheckClient onFailure(FailurePolicy other) {
    return new CheckClient(http, check, timeout, other, token);
  }

  /** This client with a bearer token (RFC 6750), for a server or a proxy that asks who checks. Mind who reads plain HTTP. */
  public CheckClient withToken(String other) {
    return new CheckClient(http, check, timeout, onFailure, other);
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws CheckRejectedException if the server rejects the check
   */
  public CheckAnswer check(Check asked) {
    try {
      return checkAsync(asked).toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof CheckRejectedException rejected) {
        throw rejected;
      }
      throw e;
    }
  }

  /**
   * Asks without blocking the caller.
   *
   * @return completes exceptionally only with a {@link CheckRejectedException}, which stages after it see as the cause of a
   *     {@link CompletionException}
   */
  public CompletionStage<CheckAnswer> checkAsync(Check asked) {
    HttpRequest.Builder request = HttpRequest.newBuilder(check)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body(asked)));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    CompletableFuture<HttpResponse<byte[]>> sent =
        http.sendAsync(request.build(), BodyHandlers.ofByteArray());
    // Not the request's own timeout, which ends with the response's head.
    return sent.copy()
        .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS)
        .handle((response, failure) -> {
          if (failure == null) {
            return answer(response);
          }
          sent.cancel(true);
          return unanswered(failure);
        });
  }

  private static String body(Check asked) {
    ObjectNode body = JSON.createObjectNode().put("key", asked.key()).put("cost", asked.cost());
    if (asked.tenant() != null) {
      body.put("tenant", asked.tenant());
    }
    if (!asked.policies().isEmpty()) {
      ArrayNode names = body.putArray("policy");
      asked.policies().forEach(names::add);
    }
    return body.toString();
  }

  private CheckAnswer answer(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    JsonNode json;
    try {
      json = JSON.readTree(response.body());
      if (json.path("allowed").isBoolean()) {
        return decided(json);
      }
    } catch (JacksonException | ArithmeticException | IllegalArgumentException e) {
      json = JSON.missingNode();
    }
    // Too slow or too often are said of a request that would be answered at another time.
    // What is said by others than the server, a proxy in a deployment for example, is no verdict on
    // the request.
    boolean ours = response
        .headers()
        .firstValue("Content-Type")
        .filter(type -> type.startsWith(Verdict.PROBLEM_TYPE))
        .isPresent();
    boolean theirs = ours && status >= 400 && status < 500 && status != 408 && status != 429;
    if (theirs || status == UNAUTHORIZED) {
      throw new CheckRejectedException(
          status, json.path("detail").asString("the server answered " + status));
    }
    return unanswered(
        FailureReason.UNAVAILABLE, "the server answered %s without a decision".formatted(status));
  }

  private static CheckAnswer decided(JsonNode json) {
    Map<String, Decision> policies = new LinkedHashMap<>();
    for (JsonNode policy : json.path("policies")) {
      if (!policy.path("shadow").asBoolean(false)) {
        policies.put(policy.path("policy").asString(), decision(policy));
      }
    }
    JsonNode deniedBy = json.get("deniedBy");
    return new CheckAnswer(
        decision(json), deniedBy == null ? null : deniedBy.asString(), Map.copyOf(policies), null);
  }

  /** What is left out is 0, as where a failure policy decided and nobody counted. */
  private static Decision decision(JsonNode json) {
    return new Decision(
        json.path("allowed").asBoolean(),
        json.path("limit").asLong(),
        json.path("remaining").asLong(),
        micros(json, "retryAfter"),
        micros(json, "resetAfter"),
        micros(json, "delay"),
        known(text(json, "decidedBy"), "policy", FailurePolicy.values(), FailurePolicy::id),
        known(text(json, "because"), "reason", FailureReason.values(), FailureReason::id));
  }

  /** What an id stands for, or null where none is said. */
  private static <T> @Nullable T known(String id, String what, T[] all, Function<T, String> ids) {
    if (id.isEmpty()) {
      return null;
    }
    return Stream.of(all)
        .filter(each -> ids.apply(each).equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("a newer server's " + what + ": " + id));
  }

  private static String text(JsonNode json, String name) {
    return json.path(name).asString("");
  }

  private static long micros(JsonNode json, String seconds) {
    JsonNode value = json.get(seconds);
    return value == null ? 0 : value.decimalValue().movePointRight(6).longValueExact();
  }

  private CheckAnswer unanswered(Throwable failure) {
    Throwable cause = FailureCause.of(failure);
    if (cause instanceof TimeoutException) {
      return unanswered(
          FailureReason.DEADLINE, "no answer within %s ms".formatted(timeout.toMillis()));
    }
    return unanswered(FailureReason.UNAVAILABLE, FailureCause.told(cause));
  }

  private CheckAnswer unanswered(FailureReason because, String failure) {
    return new CheckAnswer(Decision.undecided(0, onFailure, because), null, Map.of(), failure);
  }
}
