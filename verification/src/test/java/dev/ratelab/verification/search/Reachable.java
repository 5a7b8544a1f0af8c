package dev.ratelab.verification.search;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.search.Paired.Both;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every state that any arrivals whatever lead to, as a graph: a node is a state and the phase of the clock, a choice is all
 * that can happen in one instant. Times are microseconds, so instants are one apart and nothing lies between them.
 *
 * @param <S> a state
 */
final class Reachable<S> {
  /** More in one instant than this many times N and B is no longer a limit, and the walk would not end. */
  private static final long ENDLESS = 8;

  /** What happens in an instant: the costs that are charged, how long each is held back, what is counted, and the node that follows. */
  record Choice(List<Long> costs, List<Long> delays, long counted, int next) {}

  private record Node<S>(int phase, @Nullable S state) {}

  private record Spent<S>(@Nullable S state, long counted) {}

  private record Requests(List<Long> costs, List<Long> delays) {
    Requests with(long cost, long delay) {
      List<Long> moreCosts = new ArrayList<>(costs);
      moreCosts.add(cost);
      List<Long> moreDelays = new ArrayList<>(delays);
      moreDelays.add(delay);
      return new Requests(moreCosts, moreDelays);
    }
  }

  private final Transition<S> transition;
  private final Limit limit;
  private final long maxCost;
  private final Shift shift;
  private final int window;
  private final long epoch;
  private final Numbered<Node<S>> nodes = new Numbered<>();
  private final List<List<Choice>> choices = new ArrayList<>();
  private final List<Integer> parents = new ArrayList<>();
  private final List<List<Long>> arrivedBy = new ArrayList<>();

  /** Walks the whole graph. The limit is to be small: for a log the walk takes time and memory as N^W. */
  Reachable(Transition<S> transition, Limit limit, long maxCost) {
    this.transition = transition;
    this.limit = limit;
    this.maxCost = maxCost;
    window = Math.toIntExact(limit.windowMicros());
    shift = new Shift(window);
    epoch = epoch(limit);
    for (int phase = 0; phase < window; phase++) {
      number(new Node<>(phase, null), -1, List.of());
    }
    for (int node = 0; node < nodes.size(); node++) {
      choices.add(choicesOf(node));
    }
  }

  /** The first instant of a window so late that no instant a state remembers is negative. */
  static long epoch(Limit limit) {
    return (limit.burst() / limit.permits() + 5) * limit.windowMicros();
  }

  int size() {
    return nodes.size();
  }

  List<Choice> choices(int node) {
    return choices.get(node);
  }

  @Nullable
  S state(int node) {
    return nodes.get(node).state;
  }

  /** The instant at which the node's state is meant, in microseconds. */
  long instant(int node) {
    return epoch + nodes.get(node).phase;
  }

  /** Arrivals that lead to a node, from nothing, and the instant at which they have. */
  Path pathTo(int node) {
    Deque<List<Long>> instants = new ArrayDeque<>();
    int from = node;
    while (parents.get(from) >= 0) {
      instants.addFirst(arrivedBy.get(from));
      from = parents.get(from);
    }
    long at = instant(from);
    List<Arrival> arrivals = new ArrayList<>();
    for (List<Long> costs : instants) {
      for (long cost : costs) {
        arrivals.add(new Arrival(at, cost));
      }
      at++;
    }
    return new Path(arrivals, at);
  }

  /** Some arrivals, in the order of time, and the instant after the last of them. */
  record Path(List<Arrival> arrivals, long end) {}

  private List<Choice> choicesOf(int node) {
    long now = instant(node);
    Map<Spent<S>, Requests> found = new LinkedHashMap<>();
    Deque<Spent<S>> open = new ArrayDeque<>();
    Spent<S> nothing = new Spent<>(state(node), 0);
    found.put(nothing, new Requests(List.of(), List.of()));
    open.add(nothing);
    while (!open.isEmpty()) {
      Spent<S> spent = open.removeFirst();
      Requests requests = found.getOrDefault(spent, new Requests(List.of(), List.of()));
      for (long cost = 1; cost <= maxCost; cost++) {
        Step<S> step = transition.apply(spent.state, now, cost);
        boolean allowed = step.decision().allowed();
        Spent<S> next = new Spent<>(step.state(), spent.counted + (allowed ? cost : 0));
        if (next.counted > ENDLESS * (limit.permits() + limit.burst())) {
          throw new IllegalStateException(
              "admitted %s in one instant at a limit of %s, and no end of it"
                  .formatted(next.counted, limit.permits()));
        }
        if (!found.containsKey(next)) {
          found.put(next, requests.with(cost, step.decision().delayMicros()));
          open.add(next);
        }
      }
    }
    List<Choice> all = new ArrayList<>();
    found.forEach((spent, requests) -> all.add(new Choice(
        requests.costs,
        requests.delays,
        spent.counted,
        number(later(spent.state, now + 1), node, requests.costs))));
    return all;
  }

  private Node<S> later(@Nullable S state, long now) {
    long windows = (now - epoch) / window;
    return new Node<>((int) (now - epoch - windows * window), normal(state, now, windows));
  }

  private @Nullable S normal(@Nullable S state, long now, long windows) {
    return state == null || transition.resetAt(state) <= now
        ? null
        : live(transition, state, now, windows);
  }

  @SuppressWarnings("unchecked")
  private <T> T live(Transition<T> owner, T state, long now, long windows) {
    if (state instanceof Both<?> both) {
      return (T) live((Paired<Object>) owner, (Both<Object>) both, now, windows);
    }
    T live = state instanceof Log log ? (T) shift.live(log, now) : state;
    return windows == 0 ? live : shift.back(live, windows);
  }

  private <T> Both<T> live(Paired<T> owner, Both<T> state, long now, long windows) {
    Both<T> live = owner.live(state, now);
    T own = live.state();
    Log log = live.log();
    return new Both<>(
        own == null ? null : live(owner.limiter(), own, now, windows),
        log == null ? null : live(owner.log(), log, now, windows));
  }

  private int number(Node<S> node, int parent, List<Long> costs) {
    int number = nodes.number(node);
    if (number == parents.size()) {
      parents.add(parent);
      arrivedBy.add(costs);
    }
    return number;
  }
}
