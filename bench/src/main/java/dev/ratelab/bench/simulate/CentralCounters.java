package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Evaluation;
import dev.ratelab.limiter.algorithm.Transition;
import org.jspecify.annotations.Nullable;

/** The counters of the most popular keys, as Redis holds them: the shipped transition over flat arrays. */
final class CentralCounters {
  private static final long NEW = Long.MIN_VALUE;

  private final Transition<?> transition;
  private final Evaluation evaluation = new Evaluation();
  private final long permits;
  private final int keys;

  /** Two numbers a key, or else an object; none is told by the first number. */
  private final long[] numbers;

  private final @Nullable Object[] objects;
  private long charged;

  /** Of keys, by their ranks; all others are admitted. */
  CentralCounters(Policy policy, int keys) {
    this.keys = keys;
    permits = policy.limit().permits();
    transition = Transition.of(policy.algorithm(), policy.limit());
    numbers = new long[transition.isTwoNumbers() ? 2 * keys : 0];
    objects = new Object[transition.isTwoNumbers() ? 0 : keys];
    for (int i = 0; i < numbers.length; i += 2) {
      numbers[i] = NEW;
    }
  }

  /** Decides and, if it admits, charges. */
  boolean decide(int key, long now, long cost) {
    if (key >= keys) {
      charged += cost;
      return true;
    }
    if (!admits(key, now, cost)) {
      return false;
    }
    charged += cost;
    if (objects.length > 0) {
      objects[key] = evaluation.nextState();
    } else {
      numbers[2 * key] = evaluation.nextFirst();
      numbers[2 * key + 1] = evaluation.nextSecond();
    }
    return true;
  }

  /** What remains after the last {@link #decide} of a key with a counter. */
  long remaining() {
    return evaluation.remaining();
  }

  /** The whole answer to the last {@link #decide} of a key with a counter. */
  Decision decision() {
    return evaluation.decision(permits);
  }

  /** Whether a request would be admitted. */
  boolean admits(int key, long now, long cost) {
    startWith(key);
    return transition.decide(evaluation, now, cost);
  }

  private void startWith(int key) {
    if (objects.length > 0) {
      evaluation.startWith(objects[key]);
    } else if (numbers[2 * key] == NEW) {
      evaluation.startWithNothing();
    } else {
      evaluation.startWith(numbers[2 * key], numbers[2 * key + 1]);
    }
  }

  /** Lets a key's counter be as if never used. */
  void clear(int key) {
    if (objects.length > 0) {
      objects[key] = null;
    } else {
      numbers[2 * key] = NEW;
    }
  }

  /** All that has been charged, in permits, of keys without a counter too. */
  long charged() {
    return charged;
  }

  /** Puts a key's state into an event. */
  void write(int key, EventWheel events, int event) {
    if (objects.length > 0) {
      events.object(event, objects[key]);
    } else {
      events.a(event, numbers[2 * key]);
      events.b(event, numbers[2 * key + 1]);
    }
  }

  /** Takes over the state in an event. */
  void read(int key, EventWheel events, int event) {
    if (objects.length > 0) {
      objects[key] = events.object(event);
    } else {
      numbers[2 * key] = events.a(event);
      numbers[2 * key + 1] = events.b(event);
    }
  }
}
