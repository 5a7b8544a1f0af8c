package dev.ratelab.limiter;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Decides requests that bring their policies along, one or several: all of them admit a request, or none is charged, and no
 * other request ever sees it half charged. Thread-safe. A backend's failure is an answer of each policy's failure policy,
 * never an exception.
 *
 * <p>A counter belongs to a policy's name, algorithm and limit. A policy whose algorithm or limit changed counts anew; one
 * whose deadline or failure policy changed counts on.
 */
public interface RateLimiter extends AutoCloseable {
  /**
   * Any limiter of one policy. It looks at a request's key and cost only, not at its tenant or policies, and stays the caller's to
   * close.
   */
  static RateLimiter of(PolicyLimiter limiter) {
    String name = limiter.policy().name();
    return new RateLimiter() {
      @Override
      public CompletionStage<RequestDecision> checkAsync(Request request) {
        return limiter
            .checkAsync(request.key(), request.cost())
            .thenApply(decision -> RequestDecision.of(name, decision));
      }

      @Override
      public RequestDecision check(Request request) {
        return RequestDecision.of(name, limiter.check(request.key(), request.cost()));
      }
    };
  }

  /** Decides on one request without blocking the caller. */
  CompletionStage<RequestDecision> checkAsync(Request request);

  /**
   * Decides on several requests, each by itself: one denial does not undo another's admission. Those of the same tenant and key are
   * decided in the order given.
   *
   * @return the answers in the requests' order, each as that of {@link #checkAsync}
   */
  default List<CompletionStage<RequestDecision>> checkAll(List<Request> requests) {
    return requests.stream().map(this::checkAsync).toList();
  }

  /** Decides on one request, waiting for a backend at most the shortest deadline of its policies. */
  default RequestDecision check(Request request) {
    return checkAsync(request).toCompletableFuture().join();
  }

  /** Gives up the resources that this limiter owns; a client handed to it stays open. */
  @Override
  default void close() {}
}
