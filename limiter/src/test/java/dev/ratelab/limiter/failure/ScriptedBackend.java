package dev.ratelab.limiter.failure;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.policy.JointDecision;
import dev.ratelab.limiter.policy.JointRateLimiter;
import dev.ratelab.limiter.policy.JointRequest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A backend that answers as told, or not until it is told. */
final class ScriptedBackend implements JointRateLimiter {
  static final Function<JointRequest, JointDecision> ADMITS = each(Decision.allow(10, 9, 100));
  static final Function<JointRequest, JointDecision> DENIES = each(Decision.deny(10, 0, 50, 100));
  static final Function<JointRequest, JointDecision> IS_LATE =
      request -> JointDecision.undecided(request, FailureReason.DEADLINE);

  private record Waiting(JointRequest request, CompletableFuture<JointDecision> answer) {}

  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private Function<JointRequest, JointDecision> answer = ADMITS;
  private boolean silent;
  int asked;

  private static Function<JointRequest, JointDecision> each(Decision decision) {
    return request ->
        JointDecision.of(request, request.asked().stream().map(each -> decision).toList());
  }

  void answers(Function<JointRequest, JointDecision> other) {
    answer = other;
    silent = false;
  }

  void keepsSilent() {
    silent = true;
  }

  void answersTheOldest(Function<JointRequest, JointDecision> with) {
    Waiting oldest = waiting.remove();
    oldest.answer.complete(with.apply(oldest.request));
  }

  @Override
  public CompletionStage<JointDecision> checkAsync(JointRequest request) {
    asked++;
    if (!silent) {
      return CompletableFuture.completedFuture(answer.apply(request));
    }
    Waiting call = new Waiting(request, new CompletableFuture<>());
    waiting.add(call);
    return call.answer;
  }
}
