package dev.ratelab.limiter.policy;

import java.util.concurrent.CompletionStage;

/**
 * Decides requests that bring their policies along, one or several: all of them admit a request, or none is charged, and no
 * other request ever sees it half charged. Thread-safe. A backend's failure is an answer of each policy's failure policy,
 * never an exception.
 *
 * <p>A counter belongs to a policy's name, algorithm and limit. A policy whose algorithm or limit changed counts anew; one
 * whose deadline or failure policy changed counts on.
 */
public interface JointRateLimiter extends AutoCloseable {
  /** Decides on one request without blocking the caller. */
  CompletionStage<JointDecision> checkAsync(JointRequest request);

  /** Decides on one request, waiting for a backend at most the shortest deadline of its policies. */
  default JointDecision check(JointRequest request) {
    return checkAsync(request).toCompletableFuture().join();
  }

  /** Gives up the resources that this limiter owns; a client handed to it stays open. */
  @Override
  default void close() {}
}
