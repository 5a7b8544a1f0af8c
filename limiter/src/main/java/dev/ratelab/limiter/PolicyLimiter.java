package dev.ratelab.limiter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Decides whether a request may pass, and charges it if so. One instance serves one {@link Policy} and every key;
 * thread-safe. A backend's failure is an answer (see {@link Decision#decidedBy()}), never an exception.
 */
public interface PolicyLimiter extends AutoCloseable {
  /** The policy that this limiter serves. */
  Policy policy();

  /**
   * Decides on one request, waiting for a backend at most the policy's deadline.
   *
   * @param key who is limited; any string, the empty one and malformed UTF-16 included
   * @param cost the request's weight
   * @throws IllegalArgumentException if the cost is not 1 to {@link Limit#maxCost()}
   */
  Decision check(String key, long cost);

  /**
   * As {@link #check(String, long)} without blocking the caller.
   *
   * @throws IllegalArgumentException at once, if the cost is not 1 to {@link Limit#maxCost()}
   */
  default CompletionStage<Decision> checkAsync(String key, long cost) {
    return CompletableFuture.completedFuture(check(key, cost));
  }

  /**
   * Decides on several requests, each by itself: one denial does not undo another's admission. Requests on the same key
   * are decided in the order given; all costs are checked before the first is charged.
   *
   * @return the decisions, in the requests' order
   * @throws IllegalArgumentException if a cost is not 1 to {@link Limit#maxCost()}; then nothing was charged
   */
  default List<Decision> check(List<KeyedRequest> requests) {
    requests.forEach(request -> policy().limit().requireCost(request.cost()));
    List<Decision> decisions = new ArrayList<>(requests.size());
    for (KeyedRequest request : requests) {
      decisions.add(check(request.key(), request.cost()));
    }
    return decisions;
  }

  /** Gives up the resources that this limiter owns; a client handed to it stays open. */
  @Override
  default void close() {}
}
