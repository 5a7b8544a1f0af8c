package dev.ratelab.limiter.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A few counters side by side, in no order. A counter takes four numbers, which are its hash and its state, and a reference: to its rule
 * or, where a state is an object, to {@link Kept}. Before each eight of them stand their tags, a byte of each one's hash, in one number:
 * so a search compares eight at once, and looks at no counter in vain but one time in sixteen.
 *
 * <p>A version tells readers whether what they have read belongs together (Lamport, "Concurrent Reading and Writing", 1977). It is odd while
 * somebody writes, and higher afterwards. Who charges what he has read locks the shard by compare-and-set of that very version.
 */
final class Shard {
  private static final VarHandle VERSION;

  /** How many numbers a counter has. */
  private static final int NUMBERS = 4;

  /** How many counters' tags are in one number. */
  private static final int GROUP = 8;

  private static final int GROUP_NUMBERS = 1 + GROUP * NUMBERS;

  /** A byte of one in each place, and the highest bit of each byte. No tag is without that, so a free place is never taken for a counter. */
  private static final long ONES = 0x0101_0101_0101_0101L;

  private static final long HIGHEST = 0x8080_8080_8080_8080L;

  /** How many counters a shard that is full gets room for, at least. */
  private static final int SPARE = 2;

  private static final long[] NO_NUMBERS = {};
  private static final @Nullable Object[] NO_OWNERS = {};

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
  private long[] numbers = NO_NUMBERS;
  private @Nullable Object[] owners = NO_OWNERS;
  private int counters;

  /** So a sweep need not look at the counters of most shards. A charge never moves the instant at which a counter is over back. */
  private long noneOverBefore = Long.MAX_VALUE;

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

  private boolean tryLock(long seen) {
    boolean locked = VERSION.compareAndSet(this, seen, seen + 1);
    VarHandle.storeStoreFence();
    return locked;
  }

  void unlock() {
    VERSION.setRelease(this, version + 1);
  }

  /** Finds a counter, if it is there. False only where somebody writes meanwhile. */
  boolean find(Visit visit) {
    long[] table = numbers;
    visit.at = at(table, visit.low, visit.high);
    if (visit.at < 0) {
      visit.startWithNothing();
      return true;
    }
    return start(visit, table);
  }

  /** Where a counter's numbers begin, or -1 if it is not there. */
  private static int at(long[] table, long low, long high) {
    long wanted = tag(low) * ONES;
    for (int tags = 0; tags < table.length; tags += GROUP_NUMBERS) {
      // The bytes that are zero, and seldom another one above them (Warren, "Hacker's Delight",
      // 6-1).
      long unlike = table[tags] ^ wanted;
      for (long alike = unlike - ONES & ~unlike & HIGHEST; alike != 0; alike &= alike - 1) {
        int at = tags + 1 + (Long.numberOfTrailingZeros(alike) >>> 3) * NUMBERS;
        if (table[at] == low && table[at + 1] == high) {
          return at;
        }
      }
    }
    return -1;
  }

  private static long tag(long low) {
    return low >>> 56 | 0x80;
  }

  private static int at(int slot) {
    return slot / GROUP * GROUP_NUMBERS + 1 + slot % GROUP * NUMBERS;
  }

  private static int slot(int at) {
    return at / GROUP_NUMBERS * GROUP + at % GROUP_NUMBERS / NUMBERS;
  }

  private boolean start(Visit visit, long[] table) {
    int at = visit.at;
    if (visit.rule().transition.isTwoNumbers()) {
      visit.startWith(table[at + 2], table[at + 3]);
      return true;
    }
    @Nullable Object[] own = owners;
    int slot = slot(at);
    if (slot < own.length && own[slot] instanceof Kept kept) {
      visit.startWith(kept.state);
      return true;
    }
    return false;
  }

  /**
   * Puts the state after an admission in place; under the lock, with nothing written since the counter was found. The visit is {@linkplain
   * Visit#prepare prepared}.
   *
   * @return how much more the shard weighs
   */
  int charge(Visit visit) {
    if (visit.known() && visit.rule().transition.isTwoNumbers()) {
      numbers[visit.at + 2] = visit.nextFirst();
      numbers[visit.at + 3] = visit.nextSecond();
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
    Object owner = visit.owner();
    boolean isNew = visit.at < 0;
    if (isNew) {
      makeRoomFor(1);
      setTag(counters, tag(visit.low));
    }
    int slot = isNew ? counters++ : slot(visit.at);
    int before = isNew ? 0 : weight(owner(slot));
    int at = at(slot);
    numbers[at] = visit.low;
    numbers[at + 1] = visit.high;
    numbers[at + 2] = visit.nextFirst();
    numbers[at + 3] = visit.nextSecond();
    owners[slot] = owner;
    if (isNew) {
      noneOverBefore = Math.min(noneOverBefore, resetAt(slot));
    }
    return weight(owner) - before;
  }

  private void setTag(int slot, long tag) {
    int tags = slot / GROUP * GROUP_NUMBERS;
    int bits = slot % GROUP * Byte.SIZE;
    numbers[tags] = (numbers[tags] & ~(0xffL << bits)) | tag << bits;
  }

  /** Makes room for so many more counters; under the lock. */
  void makeRoomFor(int more) {
    if (counters + more > owners.length) {
      resize(counters + Math.max(more, SPARE + counters / GROUP));
    }
  }

  private void resize(int slots) {
    long[] newNumbers = slots == 0 ? NO_NUMBERS : Arrays.copyOf(numbers, at(slots - 1) + NUMBERS);
    owners = slots == 0 ? NO_OWNERS : Arrays.copyOf(owners, slots);
    numbers = newNumbers;
  }

  /** The part of the counters whose hash has a bit, or has it not, as a shard of its own; under the lock. */
  Shard part(long bit, boolean has) {
    Shard part = new Shard();
    for (int slot = 0; slot < counters; slot++) {
      if (((numbers[at(slot) + 1] & bit) != 0) == has) {
        part.makeRoomFor(1);
        part.copy(part.counters++, this, slot);
      }
    }
    part.noneOverBefore = noneOverBefore;
    return part;
  }

  /** Takes over what another shard has, all or nothing; under the locks of both. */
  void add(Shard other) {
    makeRoomFor(other.counters);
    for (int slot = 0; slot < other.counters; slot++) {
      copy(counters++, other, slot);
    }
    noneOverBefore = Math.min(noneOverBefore, other.noneOverBefore);
  }

  private void copy(int slot, Shard from, int other) {
    System.arraycopy(from.numbers, at(other), numbers, at(slot), NUMBERS);
    setTag(slot, tag(numbers[at(slot)]));
    owners[slot] = from.owners[other];
  }

  /** How many counters there are; without the lock, how many there were a moment ago. */
  int counters() {
    return counters;
  }

  /** Whether a counter may be over by then; without the lock, as it was a moment ago. */
  boolean mayBeOver(long at) {
    return noneOverBefore <= at;
  }

  /**
   * Removes those that are over; under the lock.
   *
   * @param overAt when they must be over
   */
  void sweep(long overAt, Removal removal) {
    if (!mayBeOver(overAt)) {
      return;
    }
    noneOverBefore = Long.MAX_VALUE;
    // From the end, since the last one takes the place of one that is removed.
    for (int slot = counters - 1; slot >= 0; slot--) {
      long resetAt = resetAt(slot);
      if (resetAt <= overAt) {
        remove(slot, removal);
      } else {
        noneOverBefore = Math.min(noneOverBefore, resetAt);
      }
    }
    if (2 * counters < owners.length) {
      resize(counters);
    }
  }

  /** When the first of the counters is over, or {@link Long#MAX_VALUE} if there is none; under the lock. */
  long firstOverAt() {
    return counters == 0 ? Long.MAX_VALUE : resetAt(firstOver());
  }

  /** Removes the counter that is over first, if there is one; under the lock. */
  void evict(Removal removal) {
    if (counters > 0) {
      remove(firstOver(), removal);
    }
  }

  private int firstOver() {
    int first = 0;
    for (int slot = 1; slot < counters; slot++) {
      first = resetAt(slot) < resetAt(first) ? slot : first;
    }
    return first;
  }

  private Object owner(int slot) {
    return Objects.requireNonNull(owners[slot]);
  }

  @SuppressWarnings("unchecked") // what is kept under a rule is what its transition returned
  private long resetAt(int slot) {
    int at = at(slot);
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
    int last = --counters;
    copy(slot, this, last);
    setTag(last, 0);
    owners[last] = null;
  }
}
