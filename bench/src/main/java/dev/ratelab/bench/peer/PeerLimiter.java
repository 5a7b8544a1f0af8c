package dev.ratelab.bench.peer;

import dev.ratelab.verification.conform.tested.Answer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

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

  /**
   * Asks for several permits, and tells as much as the peer tells with its decision. It may block as {@link #tryAcquire} does.
   *
   * @param cost 1 where the peer takes no other ({@link Peer.Takes#COST})
   * @return fails if the backend did not decide
   */
  default CompletionStage<Answer> ask(String key, long cost) {
    return tryAcquireAsync(key).thenApply(Answer::of);
  }

  /** What a library makes for each key, made once and kept. */
  static <L> Function<String, L> kept(Function<String, L> fresh) {
    ConcurrentMap<String, L> limiters = new ConcurrentHashMap<>();
    return key -> {
      // Without a lock where there is one: computeIfAbsent may take it.
      L limiter = limiters.get(key);
      return limiter == null ? limiters.computeIfAbsent(key, fresh) : limiter;
    };
  }

  /** Gives back connections and what it can of its state. */
  @Override
  default void close() {}
}
