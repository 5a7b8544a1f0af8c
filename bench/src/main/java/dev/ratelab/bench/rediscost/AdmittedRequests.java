package dev.ratelab.bench.rediscost;

import dev.ratelab.bench.InFlight;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;

/** Makes requests all of which must be admitted; an {@link IllegalStateException} tells of one that is not. */
final class AdmittedRequests {
  /** Batches under way at a time. */
  private static final int BATCHES = 2;

  private AdmittedRequests() {}

  /** One by one, at most so many under way; the title says whose they are. */
  static void ask(
      String title, RateLimiter limiter, int requests, int most, IntFunction<Request> request)
      throws InterruptedException {
    InFlight.<RequestDecision>run(
        requests,
        most,
        i -> limiter.checkAsync(request.apply(i)),
        answer -> requireAdmitted(title, answer));
  }

  /** In batches of one size; the title says whose they are. */
  static void inBatches(String title, RateLimiter limiter, List<Request> requests, int size)
      throws InterruptedException {
    InFlight.<List<CompletionStage<RequestDecision>>>run(
        requests.size() / size,
        BATCHES,
        i -> {
          List<CompletionStage<RequestDecision>> answers =
              limiter.checkAll(requests.subList(i * size, (i + 1) * size));
          return CompletableFuture.allOf(answers.stream()
                  .map(CompletionStage::toCompletableFuture)
                  .toArray(CompletableFuture[]::new))
              .thenApply(all -> answers);
        },
        answers -> answers.forEach(
            answer -> requireAdmitted(title, answer.toCompletableFuture().join())));
  }

  private static void requireAdmitted(String title, RequestDecision answer) {
    if (!answer.allowed() || answer.decision().decidedBy() != null) {
      throw new IllegalStateException(
          "%s: a request that must be admitted was answered %s".formatted(title, answer));
    }
  }
}
