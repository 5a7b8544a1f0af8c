package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.ArrayList;
import java.util.List;

/** One counter of this instance: one borrow at a time, and who waits for it. Thread-safe. */
final class Borrower {
  /** There is enough to spend. */
  static final long ENOUGH = 0;

  /** The request waits, and is among those that {@link #end} returns. */
  static final long WAITS = -1;

  /** The request cannot be decided here. */
  static final long ELSEWHERE = -2;

  /** The counter is forgotten: another takes its place. */
  static final long FORGOTTEN = -3;

  final LeasedCounter counter;

  /** Which counter it is. */
  final long low;

  final long high;

  private final Lease lease;
  private final List<Undecided> waiting = new ArrayList<>(0);
  private volatile boolean underWay;
  private volatile boolean forgotten;
  private long due;

  Borrower(Hashed which, LeasedPolicy policy) {
    low = which.low();
    high = which.high();
    counter = new LeasedCounter(policy.policy);
    lease = policy.lease;
  }

  /**
   * How much to ask for. Unless that is not over 0, {@link #end} must follow.
   *
   * @param who waits where a borrow is under way
   * @param wanted how much those would spend who wait, this one included
   */
  synchronized long borrow(Undecided who, long now, long wanted) {
    if (forgotten) {
      return FORGOTTEN;
    }
    if (underWay) {
      // The borrow is answered by its own deadline, and that may be too late.
      if (who.due() < due) {
        return ELSEWHERE;
      }
      who.waits();
      waiting.add(who);
      return WAITS;
    }
    if (!lease.equals(who.policy.lease)) {
      return give(now);
    }
    return begin(
        counter.borrow(now, who.request.cost(), wanted), Math.min(who.due(), who.policy.due(now)));
  }

  /** Of two leases of one counter, the other begins when nothing of the first is left. */
  private long give(long now) {
    if (counter.remaining(now) > 0) {
      return ELSEWHERE;
    }
    forgotten = true;
    return FORGOTTEN;
  }

  /** As {@link #borrow}, for what may come. */
  synchronized long borrowAhead(LeasedPolicy policy, long now) {
    return mayBegin(policy) ? begin(counter.borrowAhead(now), policy.due(now)) : 0;
  }

  /** As {@link #borrow}, for those who come later. */
  synchronized long borrowForNext(LeasedPolicy policy, long now, long cost) {
    return mayBegin(policy) ? begin(counter.borrow(now, cost), policy.due(now)) : 0;
  }

  /** Whether another takes its place, if anybody needs one. */
  boolean isForgotten() {
    return forgotten;
  }

  private boolean mayBegin(LeasedPolicy policy) {
    return !forgotten && !underWay && lease.equals(policy.lease);
  }

  private long begin(long amount, long ends) {
    underWay = amount > 0;
    due = ends;
    return amount;
  }

  /** When the borrow that is under way is answered at the latest. */
  synchronized long due() {
    return due;
  }

  /** Whether it may be worth asking for more. Costs next to nothing. */
  boolean mayBorrowAhead() {
    return !underWay && counter.mayBorrowAhead();
  }

  /** A borrow has ended. Returns who has waited for it, in this order. */
  synchronized List<Undecided> end() {
    underWay = false;
    List<Undecided> waited = new ArrayList<>(waiting);
    waiting.clear();
    return waited;
  }

  /**
   * Whether it is forgotten from now on, so that nothing is ever borrowed here again.
   *
   * @param pressed whether what it knows of the demand is no reason to keep it
   */
  synchronized boolean forget(long now, boolean pressed) {
    forgotten |= !underWay && (pressed ? counter.holdsNothing(now) : counter.idle(now));
    return forgotten;
  }
}
