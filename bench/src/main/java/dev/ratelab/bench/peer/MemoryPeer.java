package dev.ratelab.bench.peer;

import dev.ratelab.bench.Subject;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.verification.conform.tested.Answer;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A peer in memory that knows no keys: a limiter of its own for each.
 *
 * @param <L> a key's limiter
 */
final class MemoryPeer<L> implements PeerLimiter {
  static final String BOOLEAN = "a boolean";
  static final String KEYED = " for each key in a ConcurrentHashMap";
  static final String NEVER = "never";
  static final String LOCK = "a lock for each key";

  private final Function<String, L> limiters;
  private final Predicate<L> acquire;
  private final BiFunction<L, Long, Answer> verbose;

  /**
   * One that keeps a limiter for each key.
   *
   * @param verbose asks one for several permits, and tells what it tells
   */
  MemoryPeer(
      Function<String, L> limiters, Predicate<L> acquire, BiFunction<L, Long, Answer> verbose) {
    this.limiters = limiters;
    this.acquire = acquire;
    this.verbose = verbose;
  }

  @Override
  public boolean tryAcquire(String key) {
    return acquire.test(limiters.apply(key));
  }

  @Override
  public CompletionStage<Answer> ask(String key, long cost) {
    return CompletableFuture.completedFuture(verbose.apply(limiters.apply(key), cost));
  }

  /** One that runs in this process. */
  static Peer peer(
      String name,
      String algorithm,
      Set<Peer.Takes> takes,
      Class<?> library,
      Function<Peer.Setting, PeerLimiter> opening,
      PeerBound bound,
      Peer.Terms terms) {
    return new Peer(
        name, Subject.MEMORY, Measurement.NONE, algorithm, takes, library, opening, bound, terms);
  }
}
