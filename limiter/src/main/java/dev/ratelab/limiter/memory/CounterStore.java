package dev.ratelab.limiter.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.ratelab.limiter.TimeSource;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cells of all counters, bounded by weight.
 *
 * <p>A cache that expires its entries notes each read, which every check would pay for. So this one does not; checks remove idle
 * counters themselves, a few at a time.
 */
final class CounterStore {
  /** How long a counter stays after it is over, at least: a caller's clock may be corrected by a little. */
  private static final long GRACE_MICROS = 2_000_000;

  /** How many counters a check that has made one looks at: so a store that grows is gone over while it does. */
  private static final int SWEPT_FOR_A_NEW_ONE = 4;

  /** How many are looked at in each {@link #SWEEP_EVERY_MICROS}; for all of them a check takes a few microseconds. */
  private static final int SWEPT_AT_ONCE = 64;

  private static final long SWEEP_EVERY_MICROS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(CounterStore.class);

  private final TimeSource time;
  private final long bound;
  private final Cache<Counter, Cell> cells;
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong lostLive = new AtomicLong();
  private final ReentrantLock sweeping = new ReentrantLock();
  private Iterator<Map.Entry<Counter, Cell>> unswept = Collections.emptyIterator();
  private volatile long swept;

  CounterStore(TimeSource time, long bound) {
    this.time = time;
    this.bound = bound;
    cells = Caffeine.newBuilder()
        .maximumWeight(bound)
        .weigher((Counter counter, Cell cell) -> weight(counter, cell.state()))
        .executor(Runnable::run)
        .evictionListener(this::onEviction)
        .build();
  }

  /** The cell of a counter, made if there is none. It may have left the store by the time that it is used. */
  Cell cell(Counter counter) {
    Cell present = cells.getIfPresent(counter);
    return present != null ? present : cells.get(counter, absent -> new Cell());
  }

  /** Tells that a state took another one's place. The cache weighs a cell when it is put there, and only then. */
  void replaced(Counter counter, Cell cell, @Nullable Object before, Object after) {
    if (weight(counter, before) != weight(counter, after)) {
      cells.asMap().replace(counter, cell, cell);
    }
  }

  private static int weight(Counter counter, @Nullable Object state) {
    return state == null ? 1 : StoreBound.weight(counter.rule.transition.bytes(state));
  }

  /** Removes a cell, if it still holds this state. */
  void remove(Counter counter, Cell cell, @Nullable Object state) {
    if (cell.tryDrop(state)) {
      cells.asMap().remove(counter, cell);
      if (state != null) {
        dropped.incrementAndGet();
      }
    }
  }

  /**
   * Removes some of the counters that are over, if it is time to; on one thread at a time.
   *
   * @param grew whether the caller has made a counter
   */
  void sweep(long now, boolean grew) {
    long since = now - swept;
    boolean due = since >= SWEEP_EVERY_MICROS || since <= -SWEEP_EVERY_MICROS;
    if ((due || grew) && sweeping.tryLock()) {
      try {
        if (due) {
          swept = now;
        }
        sweepSome(now, due ? SWEPT_AT_ONCE : SWEPT_FOR_A_NEW_ONE);
      } finally {
        sweeping.unlock();
      }
    }
  }

  private void sweepSome(long now, int most) {
    for (int i = 0; i < most; i++) {
      if (!unswept.hasNext()) {
        unswept = cells.asMap().entrySet().iterator();
        return;
      }
      removeIfOver(unswept.next(), now);
    }
  }

  private void removeIfOver(Map.Entry<Counter, Cell> entry, long now) {
    Counter counter = entry.getKey();
    Object state = entry.getValue().get();
    if (Cell.isClosed(state)
        || (state != null && counter.rule.transition.resetAt(state) > now - GRACE_MICROS)) {
      return;
    }
    remove(counter, entry.getValue(), state);
  }

  /** How many are held, those that are over left out. */
  long counters() {
    long now = time.micros();
    cells.asMap().entrySet().forEach(entry -> removeIfOver(entry, now));
    cells.cleanUp();
    return cells.estimatedSize();
  }

  long dropped() {
    return dropped.get();
  }

  long lostLive() {
    return lostLive.get();
  }

  /**
   * Ends a cell before it leaves the store, so that a check which still has it starts again on a new one instead of charging a state that
   * nobody will read. Of one that is locked, its holder notices.
   */
  private void onEviction(@Nullable Counter counter, @Nullable Cell cell, RemovalCause cause) {
    if (counter == null || cell == null) {
      return;
    }
    dropped.incrementAndGet();
    Object state = cell.drop();
    if (!Cell.isClosed(state)) {
      forgotten(counter, state);
    }
  }

  /** Counts a state that the bound has made the store forget, if it still counted. */
  void forgotten(Counter counter, @Nullable Object state) {
    if (state == null || counter.rule.transition.resetAt(state) <= time.micros()) {
      return;
    }
    long lost = lostLive.incrementAndGet();
    // At each power of two: said at once, and seldom where it goes on.
    if (Long.bitCount(lost) == 1) {
      LOG.warn(
          "policy {}: {} counters forgotten while they still counted; each can admit another burst. The store holds {}",
          counter.rule.name(),
          lost,
          bound);
    }
  }
}
