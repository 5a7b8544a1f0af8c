package dev.ratelab.server.check;

import dev.ratelab.limiter.FailureCause;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.server.http.EventLoopLag;
import dev.ratelab.server.http.EventStream;
import dev.ratelab.server.http.HttpCall;
import dev.ratelab.server.http.LiveFeed;
import dev.ratelab.server.http.Rejection;
import dev.ratelab.server.http.Response;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Telemetry;
import dev.ratelab.server.telemetry.Traces;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What this server has: {@code POST /check} and {@code POST /check/batch}, the questions after its health, {@code /metrics} and the
 * live page. Knows nothing of connections, and never blocks.
 */
final class ServerResources {
  // A proxy sends the whole URL, which every server must accept (RFC 9112, section 3.2.2).
  private static final Pattern ORIGIN = Pattern.compile("(?i)^https?://[^/?#]*");

  private static final String POLICIES = "/policies";

  private final Supplier<ActivePolicies> policies;
  private final Checks checks;
  private final ServerOptions options;
  private final Telemetry telemetry;
  private final LiveFeed feed;
  private final @Nullable BiFunction<HttpCall, String, CompletionStage<Response>> admin;
  private volatile boolean retired;

  ServerResources(
      Supplier<ActivePolicies> policies,
      ServerOptions options,
      Telemetry telemetry,
      @Nullable BiFunction<HttpCall, String, CompletionStage<Response>> admin) {
    this.policies = policies;
    this.admin = admin;
    this.options = options;
    this.telemetry = telemetry;
    feed = new LiveFeed(telemetry, options);
    checks = new Checks(policies, new CheckResponses(options.denyStatus()));
    telemetry.announce(policies.get().policies());
  }

  /**
   * Answers one request. The type of its content is not looked at: the body must be JSON whatever it is called, and
   * {@code curl -d} calls it a form.
   *
   * @return never completes exceptionally
   */
  CompletionStage<Response> answer(HttpCall call) {
    HttpMethod method = call.method();
    String path = path(call.target());
    if (path.equals(POLICIES) || path.startsWith(POLICIES + "/")) {
      return admin(call, path);
    }
    return switch (path) {
      case "/check" ->
        method.equals(HttpMethod.POST)
            ? check(call, path, checks::one)
            : completed(notAllowed(method, path, "POST"));
      case "/check/batch" ->
        method.equals(HttpMethod.POST)
            ? check(call, path, body -> EventLoopLag.current().leavesOut(() -> checks.batch(body)))
            : completed(notAllowed(method, path, "POST"));
      case "/health" -> get(method, path, this::health);
      case "/health/live" -> get(method, path, () -> completed(CheckResponses.health(null)));
      case "/health/ready" -> get(method, path, this::ready);
      case "/" -> get(method, path, () -> completed(CheckResponses.livePage()));
      case "/metrics" -> get(method, path, this::metrics);
      case "/live/events" ->
        completed(
            method.equals(HttpMethod.GET)
                ? new EventStream(
                    feed, Response.problem(503, "there are no events: the server closes"))
                : notAllowed(method, path, "GET"));
      default -> completed(notFound(path));
    };
  }

  /** One batch is one check that is bad input, whatever is wrong in it. */
  private CompletionStage<Response> check(
      HttpCall call, String route, Function<byte[], CompletionStage<Response>> answer) {
    return traced(call, route, body -> {
      try {
        return answer.apply(body);
      } catch (Rejection e) {
        telemetry.rejectedCheck();
        return completed(refusal(e.status().code(), e.detail()));
      }
    });
  }

  private CompletionStage<Response> traced(
      HttpCall call, String route, Function<byte[], CompletionStage<Response>> answer) {
    if (!telemetry.traces().areOn()) {
      return answer.apply(call.body());
    }
    Span span = telemetry.traces().asked(call.method().name(), route, call.headers());
    return Context.root()
        .with(span)
        .wrapFunction(answer)
        .apply(call.body())
        .whenComplete((response, failure) -> Traces.answered(
            span,
            (response == null ? HttpResponseStatus.INTERNAL_SERVER_ERROR : response.status())
                .code()));
  }

  private CompletionStage<Response> admin(HttpCall call, String path) {
    if (admin == null) {
      return completed(refusal(
          404, "the admin API is off; accepted: a server that was started with an admin token"));
    }
    return admin.apply(call, path).thenApply(response -> {
      int status = response.status().code();
      if (status >= 400 && status < 500) {
        telemetry.rejected(status);
      }
      return response;
    });
  }

  /** From now on not ready: who looks sends requests elsewhere. All else goes on. */
  void retire() {
    retired = true;
  }

  Duration longestDeadline() {
    return policies.get().policies().all().stream()
        .map(policy -> policy.policy().deadline())
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  /** Ends the event streams, which would never end by themselves. */
  void endStreams() {
    feed.close();
  }

  private Response refusal(int status, String detail) {
    telemetry.rejected(status);
    return Response.problem(status, detail);
  }

  private CompletionStage<Response> health() {
    CompletionStage<?> probe;
    try {
      probe = options.health().get();
    } catch (RuntimeException e) {
      probe = CompletableFuture.failedFuture(e);
    }
    return probe.handle((reply, failure) -> CheckResponses.health(
        failure == null ? null : FailureCause.told(FailureCause.of(failure))));
  }

  /**
   * Whether to send checks here: not while the server is about to close, nor while a backend is away without which a policy denies all.
   * Where every policy answers without it, a server that is not asked would only take that answer away.
   */
  private CompletionStage<Response> ready() {
    if (retired) {
      return completed(CheckResponses.health("the server is about to stop"));
    }
    boolean needed = policies.get().policies().all().stream()
        .anyMatch(policy -> policy.policy().onFailure() == FailurePolicy.FAIL_CLOSED);
    return needed ? health() : completed(CheckResponses.health(null));
  }

  private CompletionStage<Response> metrics() {
    return telemetry
        .exposition()
        .handle((text, failure) -> failure == null && text != null
            ? CheckResponses.metrics(text)
            : Response.problem(503, "there are no metrics: the server closes"));
  }

  private CompletionStage<Response> get(
      HttpMethod method, String path, Supplier<CompletionStage<Response>> answer) {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)
        ? answer.get()
        : completed(notAllowed(method, path, "GET, HEAD"));
  }

  private Response notFound(String path) {
    return refusal(
        404,
        "there is no %s; accepted: POST /check, POST /check/batch, GET /health, /health/live, /health/ready, /metrics, /"
            .formatted(Rejection.shortened(path)));
  }

  private Response notAllowed(HttpMethod method, String path, String allowed) {
    return refusal(
            405,
            "%s does not take %s; accepted: %s"
                .formatted(path, Rejection.shortened(method.name()), allowed))
        .with(HttpHeaderNames.ALLOW, allowed);
  }

  private static String path(String target) {
    String relative = target.startsWith("/") ? target : ORIGIN.matcher(target).replaceFirst("");
    int query = relative.indexOf('?');
    return query < 0 ? relative : relative.substring(0, query);
  }

  private static CompletionStage<Response> completed(Response response) {
    return CompletableFuture.completedFuture(response);
  }
}
