package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

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

  private static final int NEVER = -1;

  private static final AtomicLong MADE = new AtomicLong();

  private static final VarHandle GONE;

  static {
    try {
      GONE = MethodHandles.lookup().findVarHandle(LeasedCounter.class, "gone", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * How many permits were spent or lapsed so far. Who spends without the monitor reads this, then {@link #lent}, then {@link #end}, and
   * adds to it only if it is unchanged. Where another block has come meanwhile, it is unchanged only before that block's {@link #lent} is
   * written: then nothing fits.
   */
  private volatile long gone;

  /** How many were lent so far, up to the first block of those held; as many as {@link #gone} if none is. */
  private volatile long lent;

  /** When the first block is over. */
  private volatile long end = Long.MIN_VALUE;

  private volatile long resetAt;
  private final long number = MADE.incrementAndGet();
  private long lapsed;

  // Of the first block, or of the last one if none is held: fields, so that a counter is one object
  // in most of its time.
  private long firstSent = Long.MIN_VALUE;
  private long firstDue;
  private int firstPermits;
  private int firstLapsed;

  /** With so much of it, or less, more is asked for; below 0 if not. */
  private volatile int renewAt = NEVER;

  private final int least;
  private int size = 1;
  private int asked;
  private int needed;
  private boolean lowered;
  private final Policy policy;
  private volatile Refusal refusal = Refusal.NONE;

  /** The next block to be spent. */
  private volatile @Nullable Block behind;

  /** Whether somebody has taken what he may give back: who finds too little waits for him. */
  private volatile boolean inHand;

  /** The newest block, if that is not the first. */
  private @Nullable Block newest;

  /** So many permits, or more, are not asked for before an instant. */
  private record Refusal(long permits, long until) {
    static final Refusal NONE = new Refusal(Long.MAX_VALUE, Long.MIN_VALUE);
  }

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
    if (least < 1 || least > lease.permits()) {
      throw new IllegalArgumentException(
          "the least to be asked for is %s; accepted: 1 to %s".formatted(least, lease.permits()));
    }
    this.policy = policy;
    this.least = (int) least;
  }

  /** b, the largest cost that can be spent here. */
  public long most() {
    return lease().permits();
  }

  private Lease lease() {
    return Objects.requireNonNull(policy.lease(), "a lease");
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
    while (true) {
      long seen = gone;
      long there = lent;
      if (cost <= there - seen && now < end) {
        if (GONE.compareAndSet(this, seen, seen + cost)) {
          return true;
        }
      } else if (behind != null || inHand || renewAt != NEVER) {
        // A block that is spent or over is a reason to borrow ahead no longer.
        return spendWith(now, cost, () -> true) >= 0;
      } else if (seen == gone && there == lent) {
        return false;
      }
    }
  }

  /**
   * As {@link #spend}, of a leaky bucket.
   *
   * @return how long to hold the request back, in microseconds; below 0 if nothing is spent
   */
  public long spendInTurn(long now, long cost) {
    long seen = gone;
    boolean nothing = seen == lent && behind == null && !inHand && seen == gone;
    return nothing ? -1 : spendWith(now, cost, () -> true);
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
    inHand = true;
    long taken = take(cost);
    if (cost - taken > unspentBehind() || !others.getAsBoolean()) {
      GONE.getAndAdd(this, -taken);
      inHand = false;
      return -1;
    }
    while (taken < cost) {
      Block next = Objects.requireNonNull(behind, "a block with the rest");
      long part = Math.min(cost - taken, next.permits);
      next(next, part);
      taken += part;
    }
    inHand = false;
    return delay;
  }

  /** Takes as much of a cost as the first block has, and returns how much that was. */
  private long take(long cost) {
    while (true) {
      long seen = gone;
      long taken = Math.min(lent - seen, cost);
      if (GONE.compareAndSet(this, seen, seen + taken)) {
        return taken;
      }
    }
  }

  private long unspentBehind() {
    long sum = 0;
    for (Block each = behind; each != null; each = each.next) {
      sum += each.permits;
    }
    return sum;
  }

  /** How long a cost is held back so that its units, which leave one by one, leave none before its own permit's turn. */
  private long delay(long now, long cost) {
    if (policy.algorithm() != Algorithm.LEAKY_BUCKET) {
      return 0;
    }
    long before = lent - gone;
    long delay = firstDue + turn(firstPermits - before) - now;
    for (Block each = behind; each != null && before < cost; each = each.next) {
      delay = Math.max(delay, each.due + turn(-before) - now);
      before += each.permits;
    }
    return Math.max(0, delay);
  }

  private long turn(long place) {
    // At most permits·window, which a long holds.
    return Math.floorDiv(place * policy.limit().windowMicros(), policy.limit().permits());
  }

  /** What can be spent now: so much is admitted here for certain. */
  public long remaining(long now) {
    if (behind != null) {
      return held(now);
    }
    // In this order, so that it is no more than there was of one block.
    long lentThen = lent;
    return now < end ? Math.max(0, lentThen - gone) : 0;
  }

  private synchronized long held(long now) {
    drop(now);
    return lent - gone + unspentBehind();
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
    needed = (int) (cost - here);
    if (knowsNothing(now)) {
      size = 1;
      firstPermits = 0;
      firstLapsed = 0;
      newest = null;
    }
    size = Math.max(size, (int) Math.min(most(), wanted));
    return ask(now, here);
  }

  /**
   * How much to ask for ahead of need, after a cost was spent: if the demand is so high that the block will not last. Unless that is 0, an
   * answer must follow, as to {@link #borrow}.
   */
  public long borrowAhead(long now) {
    return mayBorrowAhead() ? renew(now) : 0;
  }

  /** Whether {@link #borrowAhead} may ask for something. Costs next to nothing. */
  boolean mayBorrowAhead() {
    return lent - gone <= renewAt;
  }

  private synchronized long renew(long now) {
    if (!mayBorrowAhead() || asked > 0 || newest != null) {
      return 0;
    }
    renewAt = NEVER;
    long sent = firstSent;
    long here = held(now);
    if (now - sent >= lease().micros() / 2 || now < refusal.until || here >= most()) {
      return 0;
    }
    needed = 1;
    return ask(now, here);
  }

  private long ask(long now, long here) {
    adapt(now);
    asked = Math.min((int) (most() - here), Math.max(needed, Math.max(least, size)));
    lowered = false;
    return asked;
  }

  /** Whether the last block says nothing of the demand any more. It is over then, as are all others. */
  private boolean knowsNothing(long now) {
    Block last = newest;
    return now >= (last == null ? firstSent : last.sent) + 2 * lease().micros();
  }

  private void adapt(long now) {
    Block last = newest;
    if (last == null) {
      adapt(now, firstSent, end, firstPermits, firstLapsed + lent - gone);
    } else {
      adapt(now, last.sent, last.end, last.permits, last.permits);
    }
  }

  /** By the newest block. */
  private void adapt(long now, long sent, long over, int permits, long unspent) {
    if (now < over) {
      double share = (now - sent) / (double) lease().micros();
      if (share < (permits - unspent) / (double) permits / 2) {
        size = (int) Math.min(most(), 2L * size);
      }
    } else if (unspent > permits / 2) {
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
    long over = sent + lease().micros();
    if (policy.algorithm() == Algorithm.FIXED_WINDOW) {
      // So no window of the server's clock admits over N.
      over = Math.min(over, sent + answer.resetAfterMicros());
    }
    drop(answered);
    long due = answered + answer.delayMicros();
    // Others may spend the last of the first block meanwhile: those behind it still come first.
    if (gone == lent && behind == null) {
      start(sent, over, asked, due, 0);
      newest = null;
    } else {
      append(new Block(sent, over, asked, due));
    }
    asked = 0;
    resetAt = Math.max(resetAt, sent + answer.resetAfterMicros());
    drop(answered);
    if (answer.remaining() == 0) {
      refusal = new Refusal(1, answered + pause());
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
      size = lowered ? needed : (int) Math.min(answer.remaining(), asked - 1);
      lowered = true;
      asked = size;
      return asked;
    }
    long told = sent + answer.retryAfterMicros();
    long paused = answered + pause();
    if (asked != needed && told > paused) {
      size = 1;
    }
    // When the little that is needed would be granted is not known; it is not later than the whole.
    refusal =
        new Refusal(needed, asked == needed ? Math.max(told, paused) : Math.min(told, paused));
    asked = 0;
    return 0;
  }

  /** Permits that come while the counter is left alone must not be lost because its burst is full. */
  private long pause() {
    long refill =
        policy.limit().burst() * policy.limit().windowMicros() / policy.limit().permits();
    return Math.max(1, Math.min(lease().micros() / PROBES, refill / 2));
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

  private void append(Block block) {
    newest = block;
    Block last = behind;
    if (last == null) {
      behind = block;
      return;
    }
    while (last.next != null) {
      last = last.next;
    }
    last.next = block;
  }

  /**
   * Lets the next block be spent. All of the first one is gone.
   *
   * @param taken so much of it is spent before anybody else can
   */
  private void next(Block next, long taken) {
    start(next.sent, next.end, next.permits, next.due, taken);
    behind = next.next;
    if (newest == next) {
      newest = null;
    }
  }

  private void start(long sent, long over, int permits, long due, long taken) {
    firstSent = sent;
    firstDue = due;
    firstPermits = permits;
    firstLapsed = 0;
    long before = lent;
    gone = before + taken;
    end = over;
    renewAt = permits < SMALLEST_RENEWED ? NEVER : permits / 2;
    lent = before + permits;
  }

  private void drop(long now) {
    dropBehind(now);
    if (now >= end && gone < lent) {
      firstLapsed = (int) (lent - (long) GONE.getAndSet(this, lent));
      lapsed += firstLapsed;
    }
    if (gone == lent) {
      Block next = behind;
      if (next != null) {
        next(next, 0);
      } else {
        renewAt = NEVER;
      }
    }
  }

  /** All are looked at: where the server's clock has stepped, a later block's window can end sooner. */
  private void dropBehind(long now) {
    Block before = null;
    for (Block each = behind; each != null; each = each.next) {
      if (now < each.end) {
        before = each;
        continue;
      }
      lapsed += each.permits;
      if (before == null) {
        behind = each.next;
      } else {
        before.next = each.next;
      }
    }
  }
}
