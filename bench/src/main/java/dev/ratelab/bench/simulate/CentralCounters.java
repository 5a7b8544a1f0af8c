package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Evaluation;
import dev.ratelab.limiter.algorithm.Transition;
import org.jspecify.annotations.Nullable;

/** The counters of the most popular keys, as Redis holds them: the shipped transition over flat arrays. */
final class CentralCounters {
  private final Transition<?> transition;
  private final Evaluation evaluation = new Evaluation();
  private final long permits;
  private final int keys;

  /** Two numbers a key, or else an object; none is told by the first number. */
  private final long[] numbers;

  private final @Nullable Object[] objects;

  /** Of keys, by their ranks; all others are admitted. */
  CentralCounters(Policy policy, int keys) {
    this.keys = keys;
    permits = policy.limit().permits();
    transition = Transition.of(policy.algorithm(), policy.limit());
    numbers = new long[transition.isTwoNumbers() ? 2 * keys : 0];
    objects = new Object[transition.isTwoNumbers() ? 0 : keys];
    for (int i = 0; i < numbers.length; i += 2) {
      numbers[i] = Long.MIN_VALUE;
    }
  }

  /** Decides and, if it admits, charges. */
  boolean decide(int key, long now, long cost) {
    if (key >= keys) {
      return true;
    }
    if (objects.length > 0) {
      evaluation.startWith(objects[key]);
      boolean allowed = transition.decide(evaluation, now, cost);
      if (allowed) {
        objects[key] = evaluation.nextState();
      }
      return allowed;
    }
    int at = 2 * key;
    if (numbers[at] == Long.MIN_VALUE) {
      evaluation.startWithNothing();
    } else {
      evaluation.startWith(numbers[at], numbers[at + 1]);
    }
    boolean allowed = transition.decide(evaluation, now, cost);
    if (allowed) {
      numbers[at] = evaluation.nextFirst();
      numbers[at + 1] = evaluation.nextSecond();
    }
    return allowed;
  }

  /** What remains after the last {@link #decide} of a key with a counter. */
  long remaining() {
    return evaluation.remaining();
  }

  /** The whole answer to the last {@link #decide} of a key with a counter. */
  Decision decision() {
    return evaluation.decision(permits);
  }

  /** Whether a key's counter is as if never used. */
  boolean isNew(int key) {
    return objects.length > 0 ? objects[key] == null : numbers[2 * key] == Long.MIN_VALUE;
  }

  /** Takes over the state that a key has elsewhere. */
  void copy(int key, CentralCounters from, int there) {
    if (objects.length > 0) {
      objects[key] = from.objects[there];
    } else {
      numbers[2 * key] = from.numbers[2 * there];
      numbers[2 * key + 1] = from.numbers[2 * there + 1];
    }
  }
}
