package dev.ratelab.server;

import dev.ratelab.limiter.policy.JointDecision;
import dev.ratelab.limiter.policy.JointRateLimiter;
import dev.ratelab.limiter.policy.JointRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this server has: {@code POST /check}, {@code POST /check/batch} and {@code GET /health}. Knows nothing of connections, and never blocks. */
final class Resources {
  private static final Logger LOG = LoggerFactory.getLogger(Resources.class);
  // A proxy sends the whole URL, which every server must accept (RFC 9112, section 3.2.2).
  private static final Pattern ORIGIN = Pattern.compile("(?i)^https?://[^/?#]*");

  private final Served served;
  private final Answers answers;
  private final ServerOptions options;

  Resources(Served served, ServerOptions options) {
    this.served = served;
    this.options = options;
    answers = new Answers(options.denyStatus());
  }

  /**
   * Answers one request. The type of its content is not looked at: the body must be JSON whatever it is called, and
   * {@code curl -d} calls it a form.
   *
   * @return never completes exceptionally
   */
  CompletionStage<FullHttpResponse> answer(HttpMethod method, String target, byte[] body) {
    String path = path(target);
    return switch (path) {
      case "/check" ->
        method.equals(HttpMethod.POST) ? check(body) : completed(notAllowed(method, path, "POST"));
      case "/check/batch" ->
        method.equals(HttpMethod.POST) ? batch(body) : completed(notAllowed(method, path, "POST"));
      case "/health" ->
        method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)
            ? health()
            : completed(notAllowed(method, path, "GET, HEAD"));
      default ->
        completed(Answers.problem(
            HttpResponseStatus.NOT_FOUND,
            "there is no %s; accepted: POST /check, POST /check/batch, GET /health"
                .formatted(Rejection.shortened(path))));
    };
  }

  private CompletionStage<FullHttpResponse> check(byte[] body) {
    JointRequest request;
    CompletionStage<JointDecision> decision;
    try {
      request = CheckRequest.parse(body, served);
      decision = decide(served.limiter(request), request);
    } catch (Rejection e) {
      return completed(Answers.problem(e.status(), e.detail()));
    }
    return decision.thenApply(made -> answers.decision(request, made));
  }

  private CompletionStage<FullHttpResponse> batch(byte[] body) {
    List<JointRequest> requests;
    List<CompletableFuture<JointDecision>> decisions = new ArrayList<>();
    try {
      requests = CheckRequest.parseBatch(body, served);
      // All of them first: one that is rejected must find nothing charged.
      List<JointRateLimiter> limiters = requests.stream().map(served::limiter).toList();
      for (int i = 0; i < requests.size(); i++) {
        decisions.add(decide(limiters.get(i), requests.get(i)).toCompletableFuture());
      }
    } catch (Rejection e) {
      return completed(Answers.problem(e.status(), e.detail()));
    }
    return CompletableFuture.allOf(decisions.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            all -> Answers.batch(decisions.stream().map(CompletableFuture::join).toList()));
  }

  /** Never completes exceptionally. */
  private static CompletionStage<JointDecision> decide(
      JointRateLimiter limiter, JointRequest request) {
    CompletionStage<JointDecision> decision;
    try {
      decision = limiter.checkAsync(request);
    } catch (RuntimeException e) {
      decision = CompletableFuture.failedFuture(e);
    }
    return decision.handle(
        (made, failure) -> failure == null && made != null ? made : failed(request, failure));
  }

  /** A limiter answers for its backend and never throws; one that does is taken for a backend that failed. */
  private static JointDecision failed(JointRequest request, @Nullable Throwable failure) {
    LOG.error("the limiter failed where it must answer", failure);
    return JointDecision.undecided(request);
  }

  private CompletionStage<FullHttpResponse> health() {
    CompletionStage<?> probe;
    try {
      probe = options.health().get();
    } catch (RuntimeException e) {
      probe = CompletableFuture.failedFuture(e);
    }
    return probe.handle((reply, failure) -> Answers.health(failure == null));
  }

  private static FullHttpResponse notAllowed(HttpMethod method, String path, String allowed) {
    FullHttpResponse response = Answers.problem(
        HttpResponseStatus.METHOD_NOT_ALLOWED,
        "%s does not take %s; accepted: %s"
            .formatted(path, Rejection.shortened(method.name()), allowed));
    response.headers().set(HttpHeaderNames.ALLOW, allowed);
    return response;
  }

  private static String path(String target) {
    String relative = ORIGIN.matcher(target).replaceFirst("");
    int query = relative.indexOf('?');
    return query < 0 ? relative : relative.substring(0, query);
  }

  private static CompletionStage<FullHttpResponse> completed(FullHttpResponse response) {
    return CompletableFuture.completedFuture(response);
  }
}
