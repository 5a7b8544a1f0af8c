package dev.ratelab.verification.search;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import java.util.Arrays;

/**
 * The worst over all interleavings whatever of what n instances and one central counter do, exact, for settings so small that every
 * state can be visited. At each instant, in any order and any number: an instance is asked for any cost up to b; what it asks the
 * counter for is decided, or never; an answer arrives, or is lost; an instance crashes and starts again; somebody asks the counter
 * itself, for an instance (a cost that is larger than a block) or in vain (a request whose sender has crashed). Answers may come up to
 * L+1 instants after the request was sent; later ones are as those. Instances do not differ, so their order does not count.
 */
final class LeaseWalk {
  /** What is made as large as possible. */
  enum Counted {
    ADMITTED,
    /** What was held and not spent when its time was over. */
    LAPSED
  }

  /** A walk that would take too much memory. */
  static final class TooManyStates extends RuntimeException {
    TooManyStates(String which, long most) {
      super("%s has over %s states".formatted(which, most));
    }
  }

  private static final int MOST_STATES = 6_000_000;
  private static final int BITS = 18;
  private static final int GAIN_BITS = 5;

  /** What may be given back late is remembered up to one less than this. */
  private static final int LATE = 4;

  /** So much in so few instants is no limit any more, and would not end. */
  private static final int ENDLESS = 100;

  private final CentralCounter<?> centre;
  private final LeasingInstance instance;
  private final LeaseFault fault;
  private final Counted counted;
  private final int instances;
  private final int maxCost;
  private final NumberedLongs numbers = new NumberedLongs();

  /** For each state where its edges begin: first those within the instant, then those into the next one. */
  private int[] begins = new int[1 << 10];

  private int[] ticks = new int[1 << 10];
  private int[] edges = new int[1 << 14];
  private int edgeCount;

  private LeaseWalk(Policy policy, int instances, LeaseFault fault, Counted counted) {
    centre = new CentralCounter<>(
        Transition.of(policy.algorithm(), policy.limit()),
        policy.limit(),
        policy.algorithm().usesBurst());
    instance = new LeasingInstance(policy, fault);
    this.fault = fault;
    this.counted = counted;
    this.instances = instances;
    maxCost = Math.toIntExact(policy.limit().maxCost());
    walk();
  }

  /**
   * The most in any τ instants, by τ from 0.
   *
   * @param most by τ
   * @param aligned the most in τ instants from a window's begin on
   * @param states how many were visited
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Worst(int[] most, int[] aligned, int states) {}

  /**
   * Walks all states and finds the worst of them.
   *
   * @param policy with a lease; of GCRA with a whole T where there are refunds
   * @param instances 0 to 3; 0 is the counter by itself
   * @param longest the longest interval
   * @throws TooManyStates if there are more than memory has room for
   */
  static Worst of(Policy policy, int instances, LeaseFault fault, Counted counted, int longest) {
    return new LeaseWalk(policy, instances, fault, counted).worst(longest);
  }

  private void walk() {
    for (int phase = 0; phase < centre.period(); phase++) {
      int[] fresh = new int[instances];
      Arrays.fill(fresh, instance.fresh());
      number(centre.unused(phase), 0, fresh);
    }
    for (int state = 0; state < numbers.size(); state++) {
      if (numbers.size() > MOST_STATES) {
        throw new TooManyStates("the whole", MOST_STATES);
      }
      begins = at(begins, state);
      ticks = at(ticks, state);
      begins[state] = edgeCount;
      long key = numbers.key(state);
      int node = centre(key);
      int late = late(key);
      int[] own = own(key);
      inAnInstant(node, late, own);
      ticks[state] = edgeCount;
      intoTheNext(node, late, own);
    }
    begins = at(begins, numbers.size());
    begins[numbers.size()] = edgeCount;
  }

  private void inAnInstant(int node, int late, int[] own) {
    for (int cost = 1; cost <= maxCost; cost++) {
      CentralCounter.Next next = centre.decide(node, cost);
      if (next.decision().allowed()) {
        // That nobody gets is the same with less admitted.
        edge(number(next.node(), late, own), cost);
        if (counted == Counted.ADMITTED) {
          edge(number(next.node(), late, own), 0);
        }
      }
    }
    for (int i = 0; i < instances; i++) {
      if (i > 0 && own[i] == own[i - 1]) {
        continue;
      }
      for (LeasingInstance.Move move : instance.moves(own[i])) {
        edge(number(node, late, with(own, i, move.next())), move.admitted());
      }
      long asked = instance.undecided(own[i]);
      if (asked > 0) {
        CentralCounter.Next next = centre.decide(node, asked);
        int decided = instance.decided(own[i], next.decision());
        edge(number(next.node(), late, with(own, i, decided)), 0);
      }
      if (fault.refunds()) {
        for (LeasingInstance.Unspent unspent : instance.unspents(own[i])) {
          int back = fault == LeaseFault.REFUND_TWICE ? 2 * unspent.permits() : unspent.permits();
          edge(number(centre.refund(node, back), late, with(own, i, unspent.next())), 0);
        }
      }
    }
    if (late > 0) {
      edge(number(centre.refund(node, late), 0, own), 0);
    }
  }

  private void intoTheNext(int node, int late, int[] own) {
    int[] next = new int[instances];
    int lapsed = 0;
    for (int i = 0; i < instances; i++) {
      next[i] = instance.tick(own[i]);
      if (next[i] < 0) {
        return;
      }
      lapsed += instance.unspent(own[i]) - instance.unspent(next[i]);
    }
    Arrays.sort(next);
    int more = fault == LeaseFault.REFUND_AFTER_THE_END ? Math.min(LATE - 1, late + lapsed) : 0;
    add(number(centre.tick(node), more, next), counted == Counted.LAPSED ? lapsed : 0);
  }

  private void edge(int to, int admitted) {
    add(to, counted == Counted.ADMITTED ? admitted : 0);
  }

  private void add(int to, int gain) {
    edges = at(edges, edgeCount);
    edges[edgeCount++] = to << GAIN_BITS | gain;
  }

  private Worst worst(int longest) {
    int size = numbers.size();
    int[] before = new int[size];
    int[] most = new int[longest + 1];
    int[] aligned = new int[longest + 1];
    for (int tau = 1; tau <= longest; tau++) {
      int[] value = new int[size];
      for (int state = 0; state < size; state++) {
        value[state] = best(ticks[state], begins[state + 1], before, -1);
      }
      // Within an instant there is no order that all follow, so until nothing gets better.
      boolean better = true;
      while (better) {
        better = false;
        for (int state = size - 1; state >= 0; state--) {
          int best = best(begins[state], ticks[state], value, value[state]);
          better |= best > value[state];
          value[state] = best;
        }
      }
      for (int state = 0; state < size; state++) {
        most[tau] = Math.max(most[tau], value[state]);
        if (centre.phase(centre(numbers.key(state))) == 0) {
          aligned[tau] = Math.max(aligned[tau], value[state]);
        }
      }
      before = value;
    }
    return new Worst(most, aligned, size);
  }

  /** What cannot go on is worth -1 until an edge leads on. */
  private int best(int from, int to, int[] value, int least) {
    int best = least;
    for (int edge = from; edge < to; edge++) {
      int next = value[edges[edge] >>> GAIN_BITS];
      if (next >= 0) {
        best = Math.max(best, next + (edges[edge] & (1 << GAIN_BITS) - 1));
      }
    }
    return Math.min(best, ENDLESS);
  }

  private static int[] with(int[] own, int i, int next) {
    int[] others = own.clone();
    others[i] = next;
    Arrays.sort(others);
    return others;
  }

  private int number(int node, int late, int[] own) {
    long key = (long) node * LATE + late;
    for (int each : own) {
      if (each >= 1 << BITS) {
        throw new TooManyStates("an instance", 1 << BITS);
      }
      key = key << BITS | each;
    }
    if (node >= 1L << (62 - instances * BITS - 2)) {
      throw new TooManyStates("the counter", node);
    }
    return numbers.number(key);
  }

  private int centre(long key) {
    return (int) (key >>> (instances * BITS)) / LATE;
  }

  private int late(long key) {
    return (int) (key >>> (instances * BITS)) % LATE;
  }

  private int[] own(long key) {
    int[] own = new int[instances];
    long rest = key;
    for (int i = instances - 1; i >= 0; i--) {
      own[i] = (int) (rest & (1 << BITS) - 1);
      rest >>>= BITS;
    }
    return own;
  }

  private static int[] at(int[] array, int index) {
    return index < array.length ? array : Arrays.copyOf(array, 2 * array.length);
  }
}
