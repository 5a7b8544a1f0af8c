package dev.ratelab.limiter;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The answers to a batch, for limiters around another one: whatever that does, each request has an answer that ends. */
public final class BatchAnswers {
  private BatchAnswers() {}

  /**
   * Asks a limiter. One that throws, or gives another number of answers than there are requests, has answered none of them.
   *
   * @return an answer for each request; never throws
   */
  public static List<CompletionStage<RequestDecision>> of(
      RateLimiter limiter, List<Request> requests) {
    try {
      List<CompletionStage<RequestDecision>> answers = limiter.checkAll(requests);
      if (answers.size() != requests.size()) {
        throw new IllegalStateException(
            "%s answers to %s requests".formatted(answers.size(), requests.size()));
      }
      return answers;
    } catch (RuntimeException e) {
      return Collections.nCopies(requests.size(), CompletableFuture.failedFuture(e));
    }
  }
}
