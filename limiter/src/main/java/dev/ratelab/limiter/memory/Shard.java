package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Request;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A table of counters with open addressing. A counter takes four numbers, which are its hash and its state, and a reference: to its rule
 * or, where a state is an object, to {@link Kept}.
 *
 * <p>A version tells readers whether what they have read belongs together (Lamport, "Concurrent Reading and Writing", 1977). It is odd while
 * somebody writes, and higher afterwards. Who charges what he has read locks the shard by compare-and-set of that very version.
 */
final class Shard {
  private static final VarHandle VERSION;

  /** How many numbers a slot has. */
  private static final int NUMBERS = 4;

  private static final int FEWEST_SLOTS = 4;

  /** A thread that holds a lock is hardly ever interrupted; if it is, waiting for it must not take its processor. */
  private static final int SPINS = 50;

  static {
    try {
      VERSION = MethodHandles.lookup().findVarHandle(Shard.class, "version", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Who has a state that is an object. */
  record Kept(Rule rule, Object state) {}

  /** Is told of each counter that is removed. */
  interface Removal {
    void removed(Rule rule, long resetAt, int weight);
  }

  private volatile long version;
  private long[] numbers = new long[NUMBERS * FEWEST_SLOTS];
  private @Nullable Object[] owners = new Object[FEWEST_SLOTS];
  private int counters;
  private int unswept;
  private boolean swept;

  /** Waits a moment for whoever is writing. */
  @SuppressWarnings("ThreadPriorityCheck") // parking would cost more than the wait is long
  static void pause(int tries) {
    if (tries < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  /** Reads a counter as it is at one instant, unless somebody writes. */
  boolean tryRead(Visit visit) {
    long seen = (long) VERSION.getAcquire(this);
    if ((seen & 1) != 0 || !find(visit)) {
      return false;
    }
    VarHandle.acquireFence();
    visit.version = seen;
    return (long) VERSION.getOpaque(this) == seen;
  }

  /** Locks the shard if it still is as it was read. */
  boolean tryLock(Visit visit) {
    return tryLock(visit.version);
  }

  boolean tryLock() {
    long seen = version;
    return (seen & 1) == 0 && tryLock(seen);
  }

  void lock() {
    for (int tries = 0; !tryLock(); tries++) {
      pause(tries);
    }
  }

  private boolean tryLock(long seen) {
    boolean locked = VERSION.compareAndSet(this, seen, seen + 1);
    VarHandle.storeStoreFence();
    return locked;
  }

  void unlock() {
    VERSION.setRelease(this, version + 1);
  }

  /** Finds a counter or else the slot for it. False only where somebody writes meanwhile, whose table may be seen without a free slot. */
  boolean find(Visit visit) {
    long[] table = numbers;
    int slot = slot(table, visit.low, visit.high);
    if (slot < 0) {
      return false;
    }
    visit.slot = slot;
    if (table[slot * NUMBERS] == 0) {
      visit.startWithNothing();
      return true;
    }
    return start(visit, table);
  }

  /** Where a counter is, or else the free slot for it, or -1 if there is neither. */
  private static int slot(long[] table, long low, long high) {
    int slots = table.length / NUMBERS;
    int slot = home(low, slots);
    for (int looked = 0; looked < slots; looked++) {
      long there = table[slot * NUMBERS];
      if (there == 0 || (there == low && table[slot * NUMBERS + 1] == high)) {
        return slot;
      }
      slot = slot + 1 == slots ? 0 : slot + 1;
    }
    return -1;
  }

  private boolean start(Visit visit, long[] table) {
    if (visit.rule().transition.isTwoNumbers()) {
      int at = visit.slot * NUMBERS;
      visit.startWith(table[at + 2], table[at + 3]);
      return true;
    }
    @Nullable Object[] own = owners;
    if (visit.slot < own.length && own[visit.slot] instanceof Kept kept) {
      visit.startWith(kept.state);
      return true;
    }
    return false;
  }

  private static int home(long low, int slots) {
    return (int) (((low >>> Integer.SIZE) * slots) >>> Integer.SIZE);
  }

  /**
   * Puts the state after an admission in place; under the lock, with nothing written since the counter was found. The visit is {@linkplain
   * Visit#prepare prepared}.
   *
   * @return how much more the shard weighs
   */
  int charge(Visit visit) {
    if (visit.known() && visit.rule().transition.isTwoNumbers()) {
      int at = visit.slot * NUMBERS;
      numbers[at + 2] = visit.nextFirst();
      numbers[at + 3] = visit.nextSecond();
      return 0;
    }
    return put(visit);
  }

  /** As {@link #charge}, where others may have been charged since the counter was found. */
  int chargeAnew(Visit visit) {
    find(visit);
    return charge(visit);
  }

  private int put(Visit visit) {
    int slot = slot(numbers, visit.low, visit.high);
    boolean isNew = owners[slot] == null;
    if (isNew && makeRoomFor(1)) {
      slot = slot(numbers, visit.low, visit.high);
    }
    Object owner = visit.owner();
    int before = isNew ? 0 : weight(owner(slot));
    int at = slot * NUMBERS;
    numbers[at] = visit.low;
    numbers[at + 1] = visit.high;
    numbers[at + 2] = visit.nextFirst();
    numbers[at + 3] = visit.nextSecond();
    owners[slot] = owner;
    counters += isNew ? 1 : 0;
    return weight(owner) - before;
  }

  /**
   * Makes room for so many more counters, at most {@link Request#MAX_POLICIES}; under the lock.
   *
   * @return whether all have moved to another table
   */
  boolean makeRoomFor(int more) {
    // Four fifths full, a search looks at three slots.
    if (5 * (counters + more) <= 4 * owners.length) {
      return false;
    }
    resize(Math.max(owners.length + FEWEST_SLOTS + more, owners.length / 4 * 5));
    return true;
  }

  private void resize(int slots) {
    long[] newNumbers = new long[NUMBERS * slots];
    @Nullable Object[] newOwners = new Object[slots];
    for (int slot = 0; slot < owners.length; slot++) {
      if (owners[slot] != null) {
        int free = slot(newNumbers, numbers[slot * NUMBERS], numbers[slot * NUMBERS + 1]);
        System.arraycopy(numbers, slot * NUMBERS, newNumbers, free * NUMBERS, NUMBERS);
        newOwners[free] = owners[slot];
      }
    }
    numbers = newNumbers;
    owners = newOwners;
  }

  /** How many counters there are; exact under the lock. */
  int counters() {
    return counters;
  }

  /**
   * Removes those that are over, from where the last call ended on; under the lock.
   *
   * @param most how many counters are looked at
   * @param overAt when they must be over
   * @return how many were looked at
   */
  int sweep(int most, long overAt, Removal removal) {
    int looks = 0;
    swept = false;
    while (unswept < owners.length && looks < most) {
      if (owners[unswept] == null) {
        unswept++;
        continue;
      }
      looks++;
      if (resetAt(unswept) <= overAt) {
        remove(unswept, removal);
      } else {
        unswept++;
      }
    }
    if (unswept >= owners.length) {
      unswept = 0;
      swept = true;
      if (owners.length > FEWEST_SLOTS && counters < owners.length / 4) {
        resize(Math.max(FEWEST_SLOTS, counters * 3 / 2));
      }
    }
    return looks;
  }

  /** Whether the last sweep came to the end; the next one begins anew. */
  boolean isSwept() {
    return swept;
  }

  /** Makes the next sweep begin anew. */
  void sweepFromTheStart() {
    unswept = 0;
  }

  /**
   * Removes the one of some neighbours that is over first; under the lock.
   *
   * @param from which slot they begin at, counted round and round the table
   */
  void evict(long from, int neighbours, Removal removal) {
    int begin = (int) (from % owners.length);
    int first = -1;
    int looks = neighbours;
    for (int i = 0; i < owners.length && looks > 0; i++) {
      int slot = (begin + i) % owners.length;
      if (owners[slot] != null) {
        looks--;
        first = first < 0 || resetAt(slot) < resetAt(first) ? slot : first;
      }
    }
    if (first >= 0) {
      remove(first, removal);
    }
  }

  private Object owner(int slot) {
    return Objects.requireNonNull(owners[slot]);
  }

  @SuppressWarnings("unchecked") // what is kept under a rule is what its transition returned
  private long resetAt(int slot) {
    int at = slot * NUMBERS;
    return owner(slot) instanceof Kept kept
        ? kept.rule.transition.resetAt(kept.state)
        : ((Rule) owner(slot)).transition.resetAt(numbers[at + 2], numbers[at + 3]);
  }

  private static int weight(Object owner) {
    return owner instanceof Kept kept
        ? StoreBound.weight(kept.rule.transition.bytes(kept.state))
        : 1;
  }

  private void remove(int slot, Removal removal) {
    Object owner = owner(slot);
    Rule rule = owner instanceof Kept kept ? kept.rule : (Rule) owner;
    removal.removed(rule, resetAt(slot), weight(owner));
    counters--;
    // Those behind it that would not be found across a free slot move up (Knuth, 6.4, algorithm R).
    int slots = owners.length;
    int hole = slot;
    int next = slot;
    while (true) {
      next = next + 1 == slots ? 0 : next + 1;
      if (owners[next] == null) {
        break;
      }
      int home = home(numbers[next * NUMBERS], slots);
      if (distance(home, next, slots) >= distance(hole, next, slots)) {
        System.arraycopy(numbers, next * NUMBERS, numbers, hole * NUMBERS, NUMBERS);
        owners[hole] = owners[next];
        hole = next;
      }
    }
    numbers[hole * NUMBERS] = 0;
    owners[hole] = null;
  }

  private static int distance(int from, int to, int slots) {
    return to < from ? to - from + slots : to - from;
  }
}
