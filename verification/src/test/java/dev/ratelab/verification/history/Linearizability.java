package dev.ratelab.verification.history;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a history is linearizable (Herlihy and Wing 1990): whether the operations of each key have one order in which the
 * sequential algorithm gives the very answers that were seen, and in which whatever had returned before another was invoked
 * comes before it. Keys are independent, so each has its own search: Wing and Gong's (1993) over all such orders, with
 * Lowe's (2017) memory of the configurations already met, that is, which operations are done and the state they led to.
 *
 * <p>Two shortcuts, neither of which loses an order. A denial that fits now is taken now: it changes nothing, so if it fits
 * later as well, the others go the same way without it. And an undecided call is taken only where it would be admitted;
 * elsewhere it is as if it had never been made.
 *
 * @param <S> the algorithm's state of one key
 */
public final class Linearizability<S> {
  private final Transition<S> transition;
  private final BiPredicate<Decision, Decision> same;

  private Linearizability(Transition<S> transition, BiPredicate<Decision, Decision> same) {
    this.transition = transition;
    this.same = same;
  }

  /** Every field of every decision, the model's clock at each operation's own instant. */
  public static Linearizability<?> of(Policy policy) {
    return new Linearizability<>(
        Transition.of(policy.algorithm(), policy.limit()), Decision::equals);
  }

  /** As {@link #of(Policy)}, of any sequential object whose decisions follow from its state, the time and the cost. */
  public static <S> Linearizability<S> of(Transition<S> transition) {
    return new Linearizability<>(transition, Decision::equals);
  }

  /**
   * Only whether a request was admitted and how many remained, for histories whose instants nobody knows. Good only where
   * they do not matter: where no window ends and no permit comes back from the first operation to the last.
   */
  public static Linearizability<?> ofAdmissions(Policy policy) {
    return new Linearizability<>(
        Transition.of(policy.algorithm(), policy.limit()),
        (one, other) -> one.allowed() == other.allowed() && one.remaining() == other.remaining());
  }

  /** Why the history has no such order, or nothing if it has one. */
  public Optional<HistoryCounterexample> check(List<RecordedCall> history) {
    Map<String, List<RecordedCall>> byKey = history.stream()
        .sorted(Comparator.comparingLong(RecordedCall::invoked))
        .collect(Collectors.groupingBy(
            RecordedCall::key, LinkedHashMap::new, Collectors.toCollection(ArrayList::new)));
    return byKey.values().stream()
        .map(operations -> new Search(operations).run())
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Of the answered operations, as they were invoked, all before {@code first} are done, and {@code beyond} counts from it. */
  private record Configuration<S>(
      int first, BitSet beyond, BitSet undecided, @Nullable S state) {}

  /** How a configuration was reached first. */
  private record Node<S>(
      Configuration<S> configuration,
      @Nullable Node<S> parent,
      @Nullable RecordedCall last,
      int answered) {}

  /** The search over one key's operations. */
  private final class Search {
    private final List<RecordedCall> answered;
    private final List<RecordedCall> undecided;
    private final Set<Configuration<S>> seen = new HashSet<>();
    private final Deque<Node<S>> open = new ArrayDeque<>();
    private Node<S> farthest =
        new Node<>(new Configuration<>(0, new BitSet(), new BitSet(), null), null, null, 0);

    Search(List<RecordedCall> operations) {
      Map<Boolean, List<RecordedCall>> isAnswered = operations.stream()
          .collect(Collectors.partitioningBy(operation -> operation.decision() != null));
      answered = isAnswered.getOrDefault(true, List.of());
      undecided = isAnswered.getOrDefault(false, List.of());
    }

    Optional<HistoryCounterexample> run() {
      open.push(farthest);
      while (true) {
        Node<S> node = open.poll();
        if (node == null) {
          return Optional.of(counterexample());
        }
        if (node.answered == answered.size()) {
          return Optional.empty();
        }
        if (node.answered > farthest.answered) {
          farthest = node;
        }
        expand(node);
      }
    }

    /** Leaves on top what is tried first: the answered operation that returned first. */
    private void expand(Node<S> node) {
      Configuration<S> from = node.configuration;
      List<Integer> candidates = candidates(from);
      List<Node<S>> next = new ArrayList<>();
      for (int candidate : candidates) {
        RecordedCall operation = answered.get(candidate);
        Step<S> step = transition.apply(from.state, operation.at(), operation.cost());
        if (agrees(step, operation)) {
          Node<S> taken =
              new Node<>(take(from, candidate, step.state()), node, operation, node.answered + 1);
          if (step.state() == from.state) {
            push(taken);
            return;
          }
          next.add(taken);
        }
      }
      pushUndecided(node, answered.get(candidates.get(0)).returned());
      Collections.reverse(next);
      next.forEach(this::push);
    }

    private void pushUndecided(Node<S> node, long firstReturn) {
      Configuration<S> from = node.configuration;
      for (int i = 0; i < undecided.size() && undecided.get(i).invoked() <= firstReturn; i++) {
        RecordedCall operation = undecided.get(i);
        if (from.undecided.get(i)) {
          continue;
        }
        Step<S> step = transition.apply(from.state, operation.at(), operation.cost());
        if (step.state() != from.state) {
          BitSet done = copy(from.undecided);
          done.set(i);
          push(new Node<>(
              new Configuration<>(from.first, from.beyond, done, step.state()),
              node,
              operation,
              node.answered));
        }
      }
    }

    private void push(Node<S> node) {
      if (seen.add(node.configuration)) {
        open.push(node);
      }
    }

    /** The answered operations that no other one has to come before, by their return. */
    private List<Integer> candidates(Configuration<S> from) {
      List<Integer> candidates = new ArrayList<>();
      long firstReturn = Long.MAX_VALUE;
      for (int i = from.first; i < answered.size(); i++) {
        RecordedCall operation = answered.get(i);
        if (operation.invoked() > firstReturn) {
          break;
        }
        if (!from.beyond.get(i - from.first)) {
          candidates.add(i);
          firstReturn = Math.min(firstReturn, operation.returned());
        }
      }
      candidates.sort(Comparator.comparingLong(i -> answered.get(i).returned()));
      return candidates;
    }

    private Configuration<S> take(Configuration<S> from, int candidate, @Nullable S state) {
      BitSet beyond = copy(from.beyond);
      beyond.set(candidate - from.first);
      int done = beyond.nextClearBit(0);
      return new Configuration<>(
          from.first + done,
          beyond.get(done, Math.max(done, beyond.length())),
          from.undecided,
          state);
    }

    private boolean agrees(Step<S> step, RecordedCall operation) {
      Decision seenDecision = operation.decision();
      return seenDecision != null && same.test(step.decision(), seenDecision);
    }

    private HistoryCounterexample counterexample() {
      List<RecordedCall> order = new ArrayList<>();
      for (Node<S> node = farthest; node != null; node = node.parent) {
        if (node.last != null) {
          order.add(node.last);
        }
      }
      Collections.reverse(order);
      S state = farthest.configuration.state;
      return new HistoryCounterexample(
          order,
          String.valueOf(state),
          candidates(farthest.configuration).stream()
              .map(answered::get)
              .map(operation -> new HistoryCounterexample.Contradiction(
                  operation,
                  transition.apply(state, operation.at(), operation.cost()).decision()))
              .toList());
    }

    private static BitSet copy(BitSet bits) {
      return BitSet.valueOf(bits.toLongArray());
    }
  }
}
