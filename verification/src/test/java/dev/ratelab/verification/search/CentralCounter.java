package dev.ratelab.verification.search;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Gcra;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The states of a counter that a walk comes to, by number: a state and the phase of the clock. Each is entered once, and what follows
 * from it is remembered.
 */
final class CentralCounter<S> {
  /** What a decision leads to. */
  record Next(int node, Decision decision) {}

  private record Node<S>(int phase, @Nullable S state) {}

  private final Transition<S> transition;
  private final Shift shift;
  private final Limit limit;
  private final int period;
  private final long epoch;
  private final Numbered<Node<S>> nodes = new Numbered<>();
  private final List<@Nullable Next[]> decided = new ArrayList<>();
  private final List<Integer> later = new ArrayList<>();

  /** A counter whose behaviour repeats after a window or, of a bucket, looks the same at every instant. */
  CentralCounter(Transition<S> transition, Limit limit, boolean bucket) {
    this.transition = transition;
    this.limit = limit;
    period = bucket ? 1 : Math.toIntExact(limit.windowMicros());
    shift = new Shift(period);
    epoch = Reachable.epoch(limit);
  }

  /** The counter never used, at a phase of the window. */
  int unused(int phase) {
    return number(phase, null);
  }

  /** How many phases there are. */
  int period() {
    return period;
  }

  int phase(int node) {
    return nodes.get(node).phase;
  }

  /** Decides on a cost, 1 to the largest. */
  Next decide(int node, long cost) {
    @Nullable Next[] known = decided.get(node);
    Next next = known[(int) cost];
    if (next == null) {
      Node<S> from = nodes.get(node);
      Step<S> step = transition.apply(from.state, epoch + from.phase, cost);
      next = new Next(number(from.phase, step.state()), step.decision());
      known[(int) cost] = next;
    }
    return next;
  }

  /** The same an instant later. */
  int tick(int node) {
    if (later.get(node) < 0) {
      Node<S> from = nodes.get(node);
      boolean wraps = from.phase + 1 == period;
      S state = live(from.state, epoch + from.phase + 1);
      later.set(
          node,
          number(
              wraps ? 0 : from.phase + 1, state == null || !wraps ? state : shift.back(state, 1)));
    }
    return later.get(node);
  }

  /**
   * What an honest refund of GCRA would do: the theoretical arrival time goes back by what was not spent, and not before now. T is to be
   * whole.
   */
  @SuppressWarnings("unchecked")
  int refund(int node, long cost) {
    Node<S> from = nodes.get(node);
    if (!(from.state instanceof Gcra.Tat tat)) {
      return node;
    }
    long now = epoch + from.phase;
    long back = Math.max(now, tat.micros() - cost * limit.windowMicros() / limit.permits());
    return number(from.phase, live((S) new Gcra.Tat(back, 0), now));
  }

  @SuppressWarnings("unchecked")
  private @Nullable S live(@Nullable S state, long now) {
    if (state == null || transition.resetAt(state) <= now) {
      return null;
    }
    return state instanceof Log log ? (S) shift.live(log, now) : state;
  }

  private int number(int phase, @Nullable S state) {
    int number = nodes.number(new Node<>(phase, state));
    if (number == decided.size()) {
      decided.add(new Next[Math.toIntExact(limit.maxCost()) + 1]);
      later.add(-1);
    }
    return number;
  }
}
