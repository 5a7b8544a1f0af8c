package dev.ratelab.limiter.algorithm;

import dev.ratelab.limiter.Limit;
import org.jspecify.annotations.Nullable;

/**
 * A transition whose state is two numbers, so that a store can keep it without an object and decide without garbage.
 *
 * @param <S> the state as a value, for whoever wants to look at it
 */
abstract class TwoNumbers<S> implements Transition<S> {
  final long permits;
  final long window;

  TwoNumbers(Limit limit) {
    permits = limit.permits();
    window = limit.windowMicros();
  }

  @Override
  public final Step<S> apply(@Nullable S state, long now, long cost) {
    Evaluation evaluation = new Evaluation();
    if (state != null) {
      evaluation.startWith(first(state), second(state));
    }
    boolean allowed = decide(evaluation, now, cost);
    return new Step<>(
        allowed ? state(evaluation.nextFirst(), evaluation.nextSecond()) : state,
        evaluation.decision(permits));
  }

  @Override
  public abstract boolean decide(Evaluation evaluation, long now, long cost);

  @Override
  public final long resetAt(S state) {
    return resetAt(first(state), second(state));
  }

  @Override
  public abstract long resetAt(long first, long second);

  @Override
  public final boolean isTwoNumbers() {
    return true;
  }

  abstract long first(S state);

  abstract long second(S state);

  abstract S state(long first, long second);
}
