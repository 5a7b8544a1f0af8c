package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.BatchAnswers;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Collects what is asked, to send it at once. */
final class BackendBatch implements LeasedRateLimiter.Backend {
  /** The counters of requests that are not decided. */
  final Set<Hashed> undecided = new HashSet<>();

  private final List<Request> requests = new ArrayList<>();
  private final List<CompletableFuture<RequestDecision>> answers = new ArrayList<>();

  @Override
  public CompletionStage<RequestDecision> ask(Request request) {
    CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
    requests.add(request);
    answers.add(answer);
    return answer;
  }

  void send(RateLimiter backend) {
    if (requests.isEmpty()) {
      return;
    }
    Iterator<CompletableFuture<RequestDecision>> each = answers.iterator();
    for (CompletionStage<RequestDecision> own : BatchAnswers.of(backend, requests)) {
      CompletableFuture<RequestDecision> answer = each.next();
      own.whenComplete(
          (made, failure) -> LeasedRateLimiter.Backend.complete(answer, made, failure));
    }
  }
}
