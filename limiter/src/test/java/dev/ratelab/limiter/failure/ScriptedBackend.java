package dev.ratelab.limiter.failure;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A backend that answers as told, or not until it is told. */
final class ScriptedBackend implements RateLimiter {
  static final Function<Request, RequestDecision> ADMITS = each(Decision.allow(10, 9, 100));
  static final Function<Request, RequestDecision> DENIES = each(Decision.deny(10, 0, 50, 100));
  static final Function<Request, RequestDecision> IS_LATE =
      request -> RequestDecision.undecided(request, FailureReason.DEADLINE);

  private record Waiting(Request request, CompletableFuture<RequestDecision> answer) {}

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private Function<Request, RequestDecision> answer = ADMITS;
  private boolean silent;
  int asked;

  /** The sizes of the batches that it was asked. */
  final List<Integer> batches = new ArrayList<>();

  private static Function<Request, RequestDecision> each(Decision decision) {
    return request -> RequestDecision.of(
        request, request.asked().stream().map(each -> decision).toList());
  }

  void answers(Function<Request, RequestDecision> other) {
    answer = other;
    silent = false;
  }

  void keepsSilent() {
    silent = true;
  }

  void answersTheOldest(Function<Request, RequestDecision> with) {
    Waiting oldest = waiting.remove();
    oldest.answer.complete(with.apply(oldest.request));
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    asked++;
    if (!silent) {
      return CompletableFuture.completedFuture(answer.apply(request));
    }
    Waiting call = new Waiting(request, new CompletableFuture<>());
    waiting.add(call);
    return call.answer;
  }

  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    batches.add(requests.size());
    return RateLimiter.super.checkAll(requests);
  }
}
