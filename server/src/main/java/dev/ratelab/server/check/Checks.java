package dev.ratelab.server.check;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.server.http.Rejection;
import dev.ratelab.server.http.Response;
import dev.ratelab.server.telemetry.Traces;
import io.opentelemetry.api.trace.Span;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Has checks decided under the policies of now, and tells what was decided. Never blocks. Throws the {@link Rejection} of a check that is bad input. */
final class Checks {
  private final Supplier<ActivePolicies> policies;
  private final CheckResponses answers;

  Checks(Supplier<ActivePolicies> policies, CheckResponses answers) {
    this.policies = policies;
    this.answers = answers;
  }

  /** Answers {@code POST /check}. */
  CompletionStage<Response> one(byte[] body) {
    ActivePolicies served = policies.get();
    Request request = CheckRequest.parse(body, served);
    CompletableFuture<RequestDecision> decision =
        served.limiter(request).checkAsync(request).toCompletableFuture();
    Span span = Span.current();
    // A decision that is there needs no stages.
    return decision.isDone() && !decision.isCompletedExceptionally()
        ? CompletableFuture.completedFuture(answer(request, decision.join(), span))
        : decision.thenApply(made -> answer(request, made, span));
  }

  private Response answer(Request request, RequestDecision made, Span span) {
    Traces.decided(span, made);
    return answers.decision(request, made);
  }

  /** Answers {@code POST /check/batch}. */
  CompletionStage<Response> batch(byte[] body) {
    ActivePolicies served = policies.get();
    SortedMap<Integer, CompletableFuture<RequestDecision>> decisions = new TreeMap<>();
    List<Request> requests = CheckRequest.parseBatch(body, served);
    // All of them first: one that is rejected must find nothing charged.
    Map<RateLimiter, List<Integer>> places = new LinkedHashMap<>();
    for (int i = 0; i < requests.size(); i++) {
      places
          .computeIfAbsent(served.limiter(requests.get(i)), limiter -> new ArrayList<>())
          .add(i);
    }
    places.forEach((limiter, own) -> {
      Iterator<CompletionStage<RequestDecision>> answers =
          limiter.checkAll(own.stream().map(requests::get).toList()).iterator();
      own.forEach(place -> decisions.put(place, answers.next().toCompletableFuture()));
    });
    return CompletableFuture.allOf(decisions.values().toArray(CompletableFuture<?>[]::new))
        .thenApply(all -> CheckResponses.batch(
            decisions.values().stream().map(CompletableFuture::join).toList()));
  }
}
