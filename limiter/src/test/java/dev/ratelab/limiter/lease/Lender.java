package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A sound backend in memory, which writes down what it was asked, and answers when and how it is told. */
final class Lender implements RateLimiter {
  private record Kept(CompletableFuture<RequestDecision> answer, RequestDecision made) {}

  private final RateLimiter sound;
  private final List<Kept> kept = new ArrayList<>();
  private boolean keeps;
  private @Nullable FailureReason away;

  /** What it was asked, in this order. */
  final List<Request> asked = Collections.synchronizedList(new ArrayList<>());

  /** The sizes of the batches that it was asked. */
  final List<Integer> batches = new ArrayList<>();

  Lender(TimeSource time) {
    sound = RateLimiters.inMemory(time, 10_000);
  }

  /** From now on it decides at once, and tells later. */
  void keepsAnswers() {
    keeps = true;
  }

  /** Tells all that it has decided, in this order. */
  void answers() {
    keeps = false;
    answersThoseKept();
  }

  /** The same, and keeps the answers to what is asked then: a round trip. */
  void answersThoseKept() {
    List<Kept> told = List.copyOf(kept);
    kept.clear();
    told.forEach(each -> each.answer.complete(each.made));
  }

  /** From now on it decides nothing, for this reason; null if it is back. */
  void isAway(@Nullable FailureReason because) {
    away = because;
  }

  @Override
  public RequestDecision check(Request request) {
    return checkAsync(request).toCompletableFuture().join();
  }

  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    asked.add(request);
    RequestDecision made =
        away == null ? sound.check(request) : RequestDecision.undecided(request, away);
    if (!keeps) {
      return CompletableFuture.completedFuture(made);
    }
    Kept one = new Kept(new CompletableFuture<>(), made);
    kept.add(one);
    return one.answer;
  }

  @Override
  public List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    batches.add(requests.size());
    return RateLimiter.super.checkAll(requests);
  }
}
