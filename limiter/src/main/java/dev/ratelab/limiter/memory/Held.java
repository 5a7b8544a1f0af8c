package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.memory.Cell.Locked;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One of the counters that a request of several policies holds: locked, asked, and either charged or left as it was. */
final class Held implements Comparable<Held> {
  private final Counter counter;
  private @Nullable Cell cell;
  private @Nullable Locked locked;
  private @Nullable Step<Object> step;
  private @Nullable Object next;
  private boolean kept;

  Held(Counter counter) {
    this.counter = counter;
  }

  @Override
  public int compareTo(Held other) {
    return counter.compareTo(other.counter);
  }

  void lock(CounterStore store) {
    for (int tries = 0; locked == null; tries++) {
      if (tries > 0) {
        Cell.pause(tries);
      }
      cell = store.cell(counter);
      locked = cell.tryLock();
    }
    next = locked.state();
  }

  /** What the policy would do. */
  Decision ask(long now, long cost) {
    step = counter.rule.transition.apply(state(), now, cost);
    return step.decision();
  }

  /** Charges what the policy admits; one in shadow may not. */
  Decision charge() {
    Step<Object> asked = asked();
    next = asked.state();
    return asked.decision();
  }

  /**
   * The answer where another policy denies. Of one that admits, what remains is what would after it and its cost, since a cost
   * of c fits exactly when c of cost 1 do; and one more than remains is denied, with the true time to the reset.
   */
  Decision uncharged(Limit limit, long now, long cost) {
    Decision decision = asked().decision();
    if (!decision.allowed()) {
      return decision;
    }
    long remaining = decision.remaining() + cost;
    long resetAfter = remaining >= limit.burst()
        ? 0
        : counter.rule.transition.apply(state(), now, remaining + 1).decision().resetAfterMicros();
    return Decision.allow(limit.permits(), remaining, resetAfter);
  }

  /** Puts the next state in place, or the old one after an exception. */
  void unlock() {
    kept = locked == null || Objects.requireNonNull(cell).compareAndSet(locked, next);
  }

  /**
   * Tells the store what has become of the counter. A new one that was not charged must not take the room of one that counts.
   *
   * @return whether there is one counter more
   */
  boolean tidy(CounterStore store) {
    Cell held = Objects.requireNonNull(cell);
    Object before = state();
    if (!kept) {
      // The store has dropped the cell meanwhile, and its state with it.
      store.forgotten(counter, next);
    } else if (next == null) {
      store.remove(counter, held, null);
    } else {
      store.replaced(counter, held, before, next);
    }
    return before == null && next != null;
  }

  private @Nullable Object state() {
    return Objects.requireNonNull(locked).state();
  }

  private Step<Object> asked() {
    return Objects.requireNonNull(step);
  }
}
