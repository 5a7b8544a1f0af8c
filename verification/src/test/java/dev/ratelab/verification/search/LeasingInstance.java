package dev.ratelab.verification.search;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.lease.LeasedCounter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The states of one instance that a walk comes to, by number: its {@link LeasedCounter}, and the request that is on its way. Each is
 * entered once, and what follows from it is remembered.
 */
final class LeasingInstance {
  /** Any instant will do, as states are relative to it. */
  private static final long NOW = 1_000_000;

  /** What an instance can do by itself: the state that follows, and the cost that it admits by that. */
  record Move(int next, int admitted) {}

  /** What can be given back, and the state that follows. */
  record Unspent(int next, int permits) {}

  /** The request on its way: how long ago it was sent, and the answer that is on its way back. */
  private record Asked(long age, @Nullable Decision answer) {}

  private record Node(BorrowedState counter, @Nullable Asked asked) {}

  private record Decided(int node, Decision answer) {}

  private final Policy policy;
  private final LeaseFault fault;
  private final long micros;
  private final int most;
  private final Numbered<Node> nodes = new Numbered<>();
  private final List<@Nullable List<Move>> moves = new ArrayList<>();
  private final List<Integer> later = new ArrayList<>();
  private final Map<Decided, Integer> decided = new HashMap<>();

  /** An instance under a policy with a lease. */
  LeasingInstance(Policy policy, LeaseFault fault) {
    this.fault = fault;
    micros = Objects.requireNonNull(policy.lease()).micros();
    most = Math.toIntExact(policy.lease().permits());
    this.policy = fault == LeaseFault.KEPT_AFTER_ITS_END
        ? policy.withLease(new Lease(most, micros + 1))
        : policy;
  }

  /** An instance that has just started, or started again. */
  int fresh() {
    return number(new LeasedCounter(policy), null);
  }

  /** What is held and can be spent. */
  int unspent(int node) {
    return (int) nodes.get(node).counter.unspent();
  }

  /** What is asked for and not yet decided, or 0. */
  long undecided(int node) {
    Asked asked = nodes.get(node).asked;
    return asked != null && asked.answer == null ? nodes.get(node).counter.asked() : 0;
  }

  /** What the answer makes of it, as long as it is on its way. */
  int decided(int node, Decision decision) {
    Decision answer = seen(decision, nodes.get(node).counter.asked());
    return decided.computeIfAbsent(new Decided(node, answer), key -> {
      Node from = nodes.get(node);
      return number(from.counter, new Asked(Objects.requireNonNull(from.asked).age, answer));
    });
  }

  /** What can happen at an instant without the central counter. */
  List<Move> moves(int node) {
    List<Move> known = moves.get(node);
    if (known == null) {
      known = List.copyOf(movesOf(nodes.get(node)));
      moves.set(node, known);
    }
    return known;
  }

  /** The same an instant later; a negative number if the answer can be on its way no longer. */
  int tick(int node) {
    if (later.get(node) < 0) {
      Node from = nodes.get(node);
      if (from.asked != null && from.asked.age > micros) {
        return -1;
      }
      later.set(
          node,
          number(
              from.counter.at(NOW, policy),
              from.asked == null ? null : new Asked(from.asked.age + 1, from.asked.answer),
              NOW + 1));
    }
    return later.get(node);
  }

  /** What an instance may give back: any part of what it holds. */
  List<Unspent> unspents(int node) {
    List<Unspent> all = new ArrayList<>();
    for (int permits = 1; permits <= unspent(node); permits++) {
      LeasedCounter counter = nodes.get(node).counter.at(NOW, policy);
      counter.spend(NOW, permits);
      all.add(new Unspent(number(counter, nodes.get(node).asked), permits));
    }
    return all;
  }

  private List<Move> movesOf(Node from) {
    List<Move> all = new ArrayList<>();
    for (int cost = 1; cost <= most; cost++) {
      LeasedCounter counter = from.counter.at(NOW, policy);
      if (counter.spend(NOW, cost)) {
        long ahead = counter.borrowAhead(NOW);
        all.add(new Move(number(counter, ahead > 0 ? new Asked(0, null) : from.asked), cost));
      } else if (counter.refusedUntil(NOW, cost) <= NOW && counter.borrow(NOW, cost) > 0) {
        all.add(new Move(number(counter, new Asked(0, null)), 0));
      }
    }
    all.add(new Move(fresh(), 0));
    if (from.asked != null) {
      all.add(answered(from, from.asked, false));
      if (from.asked.answer != null) {
        all.add(answered(from, from.asked, true));
      }
    } else if (fault == LeaseFault.AHEAD_BEYOND_THE_BLOCK) {
      BorrowedState more = from.counter;
      all.add(new Move(
          number(
              new BorrowedState(
                  more.held(),
                  more.newest(),
                  more.refusedPermits(),
                  more.refusedUntil(),
                  more.size(),
                  most,
                  1,
                  false),
              new Asked(0, null)),
          0));
    }
    if (fault == LeaseFault.END_MOVED_WHEN_PUT_BACK && from.counter.unspent() > 0) {
      BorrowedState held = from.counter;
      all.add(new Move(
          number(
              new BorrowedState(
                  held.held().stream()
                      .map(block -> new BorrowedState.Held(
                          0, micros, block.permits(), block.left(), block.renewed()))
                      .toList(),
                  held.newest(),
                  held.refusedPermits(),
                  held.refusedUntil(),
                  held.size(),
                  held.asked(),
                  held.needed(),
                  held.lowered()),
              from.asked),
          0));
    }
    return all;
  }

  private Move answered(Node from, Asked asked, boolean arrives) {
    LeasedCounter counter = from.counter.at(NOW, policy);
    long sent = fault == LeaseFault.COUNTED_FROM_THE_ANSWER ? NOW : NOW - asked.age;
    boolean takenAsGranted = fault == LeaseFault.LOST_TAKEN_AS_GRANTED && !arrives;
    Decision answer = takenAsGranted
        ? Decision.allow(policy.limit().permits(), 1, policy.limit().windowMicros())
        : asked.answer;
    ToLongFunction<Decision> refused = decision -> counter.refused(sent, NOW, decision);
    long again = 0;
    if (answer == null || (!arrives && !takenAsGranted)) {
      counter.failed();
    } else if (answer.allowed()) {
      counter.granted(sent, NOW, answer);
    } else {
      again = refused.applyAsLong(answer);
    }
    return new Move(number(counter, again > 0 ? new Asked(0, null) : null), 0);
  }

  /** Only what the counter looks at, so that answers that mean the same are one. */
  private Decision seen(Decision decision, long asked) {
    return new Decision(
        decision.allowed(),
        0,
        Math.min(decision.remaining(), decision.allowed() ? 1 : asked),
        decision.retryAfterMicros(),
        policy.algorithm() == Algorithm.FIXED_WINDOW ? decision.resetAfterMicros() : 0,
        0,
        null,
        null);
  }

  private int number(LeasedCounter counter, @Nullable Asked asked) {
    return number(counter, asked, NOW);
  }

  private int number(LeasedCounter counter, @Nullable Asked asked, long now) {
    return number(BorrowedState.of(counter, now), asked);
  }

  private int number(BorrowedState counter, @Nullable Asked asked) {
    int number = nodes.number(new Node(counter, asked));
    if (number == moves.size()) {
      moves.add(null);
      later.add(-1);
    }
    return number;
  }
}
