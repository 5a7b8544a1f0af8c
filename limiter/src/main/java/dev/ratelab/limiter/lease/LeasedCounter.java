package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * What one instance has borrowed of one counter. It asks nobody: who calls it asks for what {@link #borrow} and {@link #borrowAhead} say by
 * one ordinary decision of that cost, and tells it the answer. Thread-safe.
 *
 * <p>A block can be spent for L microseconds of this instance's clock from before the request for it was sent, so never after the instants
 * {@code [t, t+L-1]} of its charge at t. What is unspent and what is asked for are together at most b. So n instances
 * admit in any τ instants at most {@code min(E(τ+L-1), E(τ)+n·b)}, with E the algorithm's own curve: docs/leases.md.
 *
 * <p>How much is borrowed at once follows the demand, from 1 to b: twice as much where the last block is spent in under half of its time,
 * half as much where more than half of it was over unspent. It begins with 1 again where none was borrowed in the time of two leases.
 */
public final class LeasedCounter {
  /** So often in a lease's time a counter that has refused is asked again, at most, unless its burst is refilled sooner. */
  public static final int PROBES = 16;

  /** So many borrows a request makes or waits for, at most, before it is asked by itself. */
  public static final int MOST_BORROWS = 2;

  /** Smaller blocks are not renewed ahead of need: the call would cost as much as all that they spare. */
  private static final long SMALLEST_RENEWED = 4;

  private static final AtomicLong MADE = new AtomicLong();

  private final long number = MADE.incrementAndGet();
  private final long most;
  private final long least;
  private final long micros;
  private final long pause;
  private final Policy policy;

  /** The blocks to be spent, in this order. */
  private final List<Block> held = new ArrayList<>(2);

  /** The first of them. */
  private volatile Block first = Block.NONE;

  private volatile Refusal refusal = new Refusal(Long.MAX_VALUE, Long.MIN_VALUE);
  private volatile long resetAt;
  private Block newest = Block.NONE;
  private long size = 1;
  private long asked;
  private long needed;
  private boolean lowered;
  private long lapsed;

  /** So many permits, or more, are not asked for before an instant. */
  private record Refusal(long permits, long until) {}

  /**
   * Has borrowed nothing.
   *
   * @throws IllegalArgumentException if the policy has no lease
   */
  public LeasedCounter(Policy policy) {
    this(policy, 1);
  }

  /**
   * Asks for a least amount whatever the demand: for all b, if it is that.
   *
   * @param least 1 to b; where so much is refused, what is left is asked for
   * @throws IllegalArgumentException if the policy has no lease, or the least lies outside
   */
  public LeasedCounter(Policy policy, long least) {
    Lease lease = policy.lease();
    if (lease == null) {
      throw new IllegalArgumentException(
          "the policy '%s' has no lease; accepted: one that has".formatted(policy.name()));
    }
    this.policy = policy;
    most = lease.permits();
    if (least < 1 || least > most) {
      throw new IllegalArgumentException(
          "the least to be asked for is %s; accepted: 1 to %s".formatted(least, most));
    }
    this.least = least;
    micros = lease.micros();
    // Permits that come while the counter is left alone must not be lost because its burst is full.
    long refill =
        policy.limit().burst() * policy.limit().windowMicros() / policy.limit().permits();
    pause = Math.max(1, Math.min(micros / PROBES, refill / 2));
  }

  /** b, the largest cost that can be spent here. */
  public long most() {
    return most;
  }

  /** Unlike that of any other: the order in which {@link #spendWith} may be called within another's. */
  long number() {
    return number;
  }

  /**
   * Spends what is borrowed.
   *
   * @param now in microseconds on this instance's monotone clock, as in all methods here
   * @param cost over 0
   * @return whether so much was there; if not, nothing is spent
   */
  public boolean spend(long now, long cost) {
    Block spent = first;
    return (now < spent.end && spent.take(cost))
        || (spent != Block.NONE && spendWith(now, cost, () -> true) >= 0);
  }

  /**
   * As {@link #spend}, of a leaky bucket.
   *
   * @return how long to hold the request back, in microseconds; below 0 if nothing is spent
   */
  public long spendInTurn(long now, long cost) {
    return first == Block.NONE ? -1 : spendWith(now, cost, () -> true);
  }

  /**
   * As {@link #spendInTurn}, of any algorithm, if others agree. Nobody asks for more while they are asked, so that what is given back
   * is never over b together with that.
   *
   * @param others may call this method of counters with a higher {@link #number} only
   */
  synchronized long spendWith(long now, long cost, BooleanSupplier others) {
    drop(now);
    long delay = delay(now, cost);
    return take(0, cost, others) ? delay : -1;
  }

  /** Of a block and those behind it, and all or nothing. */
  private boolean take(int next, long cost, BooleanSupplier others) {
    if (cost == 0) {
      return others.getAsBoolean();
    }
    if (next == held.size()) {
      return false;
    }
    Block block = held.get(next);
    long part = block.takeUpTo(cost);
    boolean taken = take(next + 1, cost - part, others);
    if (!taken) {
      block.putBack(part);
    }
    return taken;
  }

  /** How long a cost is held back so that its units, which leave one by one, leave none before its own permit's turn. */
  private long delay(long now, long cost) {
    if (policy.algorithm() != Algorithm.LEAKY_BUCKET) {
      return 0;
    }
    long delay = 0;
    long before = 0;
    for (Block each : held) {
      long unspent = each.unspent();
      // At most permits·window, which a long holds.
      long turn = Math.floorDiv(
          (each.permits - unspent - before) * policy.limit().windowMicros(),
          policy.limit().permits());
      delay = Math.max(delay, each.due + turn - now);
      before += unspent;
      if (before >= cost) {
        break;
      }
    }
    return delay;
  }

  /** What can be spent now: so much is admitted here for certain. */
  public long remaining(long now) {
    Block spent = first;
    if (spent == Block.NONE) {
      return 0;
    }
    return now < spent.end && spent == newest ? spent.unspent() : held(now);
  }

  private synchronized long held(long now) {
    drop(now);
    long sum = 0;
    for (Block each : held) {
      sum += each.unspent();
    }
    return sum;
  }

  /**
   * Until when a cost that is not here is refused without asking.
   *
   * @return an instant after now, or now if the counter may be asked
   */
  public long refusedUntil(long now, long cost) {
    Refusal last = refusal;
    return now < last.until && cost - remaining(now) >= last.permits ? last.until : now;
  }

  /**
   * How much to ask for so that a cost can be spent. Unless that is 0, {@link #granted}, {@link #refused} or {@link #failed} must follow.
   *
   * @param cost 1 to {@link #most}
   * @return the cost of the decision to be made, or 0 if one is under way or so much is here
   */
  public long borrow(long now, long cost) {
    return borrow(now, cost, cost);
  }

  /**
   * As {@link #borrow(long, long)}, where more than one request waits.
   *
   * @param wanted how much they would spend at once, at least the cost
   */
  public synchronized long borrow(long now, long cost, long wanted) {
    long here = held(now);
    if (asked > 0 || here >= cost) {
      return 0;
    }
    needed = cost - here;
    if (knowsNothing(now)) {
      size = 1;
      newest = Block.NONE;
    }
    size = Math.max(size, Math.min(most, wanted));
    return ask(now, here);
  }

  /**
   * How much to ask for ahead of need, after a cost was spent: if the demand is so high that the block will not last. Unless that is 0, an
   * answer must follow, as to {@link #borrow}.
   */
  public long borrowAhead(long now) {
    Block spent = first;
    return mayEnd(spent) ? renew(spent, now) : 0;
  }

  /** Whether {@link #borrowAhead} may ask for something. Costs next to nothing. */
  boolean mayBorrowAhead() {
    return mayEnd(first);
  }

  private static boolean mayEnd(Block spent) {
    return !spent.renewed
        && spent.permits >= SMALLEST_RENEWED
        && spent.unspent() <= spent.permits / 2;
  }

  private synchronized long renew(Block spent, long now) {
    if (spent.renewed || asked > 0 || spent != newest) {
      return 0;
    }
    spent.renewed = true;
    long here = held(now);
    if (now - spent.sent >= micros / 2 || now < refusal.until || here >= most) {
      return 0;
    }
    needed = 1;
    return ask(now, here);
  }

  private long ask(long now, long here) {
    adapt(now);
    asked = Math.min(most - here, Math.max(needed, Math.max(least, size)));
    lowered = false;
    return asked;
  }

  /** Whether the last block says nothing of the demand any more. It is over then, as are all others. */
  private boolean knowsNothing(long now) {
    return now >= newest.sent + 2 * micros;
  }

  private void adapt(long now) {
    double spent = newest.permits - newest.unspent();
    if (now < newest.end) {
      double share = (now - newest.sent) / (double) micros;
      if (share < spent / newest.permits / 2) {
        size = Math.min(most, 2 * size);
      }
    } else if (newest.unspent() > newest.permits / 2) {
      size = Math.max(1, size / 2);
    }
  }

  /**
   * What was asked for is granted.
   *
   * @param sent when this instance began to ask, never later
   * @param answered when it had the answer
   */
  public synchronized void granted(long sent, long answered, Decision answer) {
    long end = sent + micros;
    if (policy.algorithm() == Algorithm.FIXED_WINDOW) {
      // So no window of the server's clock admits over N.
      end = Math.min(end, sent + answer.resetAfterMicros());
    }
    newest = new Block(sent, end, asked, answered + answer.delayMicros());
    held.add(newest);
    asked = 0;
    resetAt = Math.max(resetAt, sent + answer.resetAfterMicros());
    drop(answered);
    if (answer.remaining() == 0) {
      refusal = new Refusal(1, answered + pause);
    }
  }

  /**
   * What was asked for is refused. What the answer says counts from when it was asked for, and a pause of our own from the answer:
   * otherwise it would be over before an answer from far away is here.
   *
   * @param sent as in {@link #granted}, as is the next
   * @return how much to ask for instead, at once, as from {@link #borrow}; 0 if nothing
   */
  public synchronized long refused(long sent, long answered, Decision answer) {
    resetAt = Math.max(resetAt, sent + answer.resetAfterMicros());
    if (answer.remaining() >= needed && asked > needed) {
      size = lowered ? needed : Math.min(answer.remaining(), asked - 1);
      lowered = true;
      asked = size;
      return asked;
    }
    long told = sent + answer.retryAfterMicros();
    long paused = answered + pause;
    if (asked != needed && told > paused) {
      size = 1;
    }
    // When the little that is needed would be granted is not known; it is not later than the whole.
    refusal =
        new Refusal(needed, asked == needed ? Math.max(told, paused) : Math.min(told, paused));
    asked = 0;
    return 0;
  }

  /** What was asked for was not decided. If it was charged nevertheless, nobody spends it. */
  public synchronized void failed() {
    asked = 0;
  }

  /** At least so long from now on the counter is not as if it had never been used, in microseconds, as far as this instance knows. */
  public long resetAfter(long now) {
    return Math.max(0, resetAt - now);
  }

  /** Whether a new counter would do as this one from now on: it can be forgotten, and nobody sees that. */
  public synchronized boolean idle(long now) {
    return holdsNothing(now) && knowsNothing(now);
  }

  /** Whether nothing is here, asked for or refused. A new counter would borrow less at first, perhaps. */
  synchronized boolean holdsNothing(long now) {
    return asked == 0 && held(now) == 0 && now >= refusal.until;
  }

  /** How many permits were over before they were spent. */
  public synchronized long lapsed(long now) {
    drop(now);
    return lapsed;
  }

  private void drop(long now) {
    // All are looked at: where the server's clock has stepped, a later block's window can end
    // sooner.
    for (int i = held.size() - 1; i >= 0; i--) {
      long unspent = held.get(i).unspent();
      if (unspent == 0 || now >= held.get(i).end) {
        lapsed += unspent;
        held.remove(i);
      }
    }
    Block next = held.isEmpty() ? Block.NONE : held.get(0);
    if (first != next) {
      first = next;
    }
  }
}
