package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * An algorithm bound to a limit: (state, now, cost) to (state, decision), without a clock, a store or a lock of its own.
 * Time is in microseconds, 0 to below 2<sup>52</sup>. The catalogue of what each must satisfy is {@code
 * docs/algorithms.md}.
 *
 * <p>When the clock is behind what a state remembers (a failover to a server whose clock is late), the window algorithms
 * deny until it has caught up and the buckets count the missing time as debt: the bound holds on the clock's own
 * readings, and nobody is locked out for longer than the step back and one window.
 *
 * @param <S> an immutable state of one key
 */
public interface Transition<S> {
  /**
   * A state and the decision that led to it.
   *
   * @param state the state after the decision; after a denial the very object that went in
   * @param decision the answer
   */
  record Step<S>(@Nullable S state, Decision decision) {}

  /**
   * Decides on one request.
   *
   * @param state the key's state, or null for a key never seen or long silent
   * @param now the time in microseconds
   * @param cost the request's weight, 1 to {@link Limit#maxCost()}; not checked here
   */
  Step<S> apply(@Nullable S state, long now, long cost);

  /**
   * As {@link #apply}, on the state that an evaluation starts with. The state after it and the answer are left there.
   *
   * @return whether the request is admitted
   */
  @SuppressWarnings("unchecked") // an evaluation under a transition starts with what that returned
  default boolean decide(Evaluation evaluation, long now, long cost) {
    Step<S> step = apply((S) evaluation.state(), now, cost);
    return evaluation.answer(step.state(), step.decision());
  }

  /** The first instant, in microseconds, from which a state that nothing was added to equals null. */
  long resetAt(S state);

  /** As {@link #resetAt(Object)}, of a state of {@linkplain #isTwoNumbers two numbers}. */
  default long resetAt(long first, long second) {
    throw new UnsupportedOperationException("the state is an object");
  }

  /** Whether a state is two numbers, and not an object. */
  default boolean isTwoNumbers() {
    return false;
  }

  /** How many bytes of heap a state takes, at most about, where it can grow past 100; otherwise 0. */
  default long bytes(S state) {
    return 0;
  }

  /** The algorithm of this name, bound to a limit. */
  static Transition<?> of(Algorithm algorithm, Limit limit) {
    return switch (algorithm) {
      case FIXED_WINDOW -> new FixedWindow(limit);
      case SLIDING_WINDOW_COUNTER -> new SlidingWindowCounter(limit);
      case SLIDING_WINDOW_BUCKETS -> new SlidingWindowBuckets(limit);
      case SLIDING_WINDOW_LOG -> new SlidingWindowLog(limit);
      case TOKEN_BUCKET -> new TokenBucket(limit);
      case GCRA -> new Gcra(limit);
      case LEAKY_BUCKET -> new LeakyBucket(limit);
    };
  }
}
