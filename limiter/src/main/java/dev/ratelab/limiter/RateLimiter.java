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
  /** Decides on one request without blocking the caller. What runs when the answer completes must not block: other answers wait for it. */
  CompletionStage<RequestDecision> checkAsync(Request request);

  /**
   * Decides on several requests, each by itself: one denial does not undo another's admission. Those of the same tenant and key are
   * decided in the order given, as far as the backend can keep it.
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
