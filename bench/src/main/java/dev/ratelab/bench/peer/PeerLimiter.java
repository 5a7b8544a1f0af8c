package dev.ratelab.bench.peer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A peer ready to decide. Thread-safe. None of its calls waits for permits. */
public interface PeerLimiter extends AutoCloseable {
  /**
   * Asks for one permit and waits for the answer.
   *
   * @throws RuntimeException if its backend did not decide, whatever the peer makes of that by itself
   */
  boolean tryAcquire(String key);

  /**
   * The same without waiting, where the peer has an asynchronous interface; otherwise it has been answered when this returns.
   *
   * @return fails if the backend did not decide
   */
  default CompletionStage<Boolean> tryAcquireAsync(String key) {
    try {
      return CompletableFuture.completedFuture(tryAcquire(key));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Gives back connections and what it can of its state. */
  @Override
  default void close() {}
}
