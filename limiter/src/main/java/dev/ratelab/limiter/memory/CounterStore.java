package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.TimeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The counters of all rules, in shards, bounded by weight. Checks remove those that are over, a few at a time. */
final class CounterStore {
  /** How long a counter stays after it is over, at least: a caller's clock may be corrected by a little. */
  private static final long GRACE_MICROS = 2_000_000;

  /** How many counters a check that has made one looks at: so a store that grows is gone over while it does. */
  private static final int SWEPT_FOR_A_NEW_ONE = 4;

  /** How many are looked at in each {@link #SWEEP_EVERY_MICROS}; for all of them a check takes a few microseconds. */
  private static final int SWEPT_AT_ONCE = 64;

  private static final long SWEEP_EVERY_MICROS = 1_000;

  /**
   * When the store is full. A shard of so many is copied in ten microseconds when it grows, and threads seldom write to one at a time:
   * its version then goes from one processor's cache to another's.
   */
  private static final long MOST_COUNTERS_OF_A_SHARD = 256;

  /** Fewer would make threads wait for one another. */
  private static final long FEWEST_SHARDS = 64;

  private static final long MOST_SHARDS = 1 << 16;

  /** Of so many counters the first to be over is dropped when the store is full. */
  private static final int NEIGHBOURS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(CounterStore.class);

  private final TimeSource time;
  private final long bound;
  private final AtomicReferenceArray<@Nullable Shard> shards;
  private final AtomicLong weight = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong lostLive = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private int sweptShard;
  private volatile long swept;

  CounterStore(TimeSource time, long bound) {
    this.time = time;
    this.bound = bound;
    long large = Math.max(FEWEST_SHARDS, bound / MOST_COUNTERS_OF_A_SHARD);
    long wanted = Math.min(Math.min(MOST_SHARDS, large), Math.max(1, bound / NEIGHBOURS));
    shards = new AtomicReferenceArray<>((int) Long.highestOneBit(wanted));
  }

  private int index(Visit visit) {
    return (int) visit.high & shards.length() - 1;
  }

  /** Where a counter lies. */
  Shard shard(Visit visit) {
    return shard(index(visit));
  }

  private Shard shard(int index) {
    Shard known = shards.getAcquire(index);
    if (known != null) {
      return known;
    }
    Shard made = new Shard();
    Shard other = shards.compareAndExchange(index, null, made);
    return other == null ? made : other;
  }

  /** Locks where the counters of several visits lie, in one order for all requests. */
  List<Shard> lock(Visit[] visits) {
    int[] order = new int[visits.length];
    Arrays.setAll(order, i -> index(visits[i]));
    Arrays.sort(order);
    List<Shard> distinct = new ArrayList<>(order.length);
    for (int i = 0; i < order.length; i++) {
      if (i == 0 || order[i] != order[i - 1]) {
        distinct.add(shard(order[i]));
      }
    }
    // All are there before the first is locked, so that nothing can fail in the midst.
    distinct.forEach(Shard::lock);
    return distinct;
  }

  /**
   * Makes room for what a check has charged, and removes some of the counters that are over, if it is time to.
   *
   * @param heavier how much more the store weighs
   */
  void charged(int heavier, long now) {
    if (heavier != 0) {
      long weighs = weight.addAndGet(heavier);
      while (weighs > bound) {
        evict();
        weighs = weight.get();
      }
    }
    long since = now - swept;
    boolean due = since >= SWEEP_EVERY_MICROS || since <= -SWEEP_EVERY_MICROS;
    if ((due || heavier > 0) && sweeping.compareAndSet(false, true)) {
      try {
        if (due) {
          swept = now;
        }
        sweep(due ? SWEPT_AT_ONCE : SWEPT_FOR_A_NEW_ONE, now);
      } finally {
        sweeping.set(false);
      }
    }
  }

  /** Looks at some counters, those of the next shards if one has fewer, but never twice at one shard. */
  private void sweep(int most, long now) {
    int looks = most;
    for (int i = 0; i < Math.min(most, shards.length()) && looks > 0; i++) {
      Shard shard = shards.getAcquire(sweptShard);
      if (shard != null && shard.tryLock()) {
        looks -= sweep(shard, looks, now);
        if (!shard.isSwept()) {
          return;
        }
      }
      sweptShard = sweptShard + 1 & shards.length() - 1;
    }
  }

  private int sweep(Shard locked, int most, long now) {
    try {
      return locked.sweep(most, now - GRACE_MICROS, (rule, resetAt, weighed) -> removed(weighed));
    } finally {
      locked.unlock();
    }
  }

  /** Drops a counter of the next shard that has any. */
  private void evict() {
    // Others may have charged it at a later time than the caller's.
    long now = time.micros();
    long turn = evictions.getAndIncrement();
    Shard shard = shards.getAcquire((int) turn & shards.length() - 1);
    if (shard == null) {
      return;
    }
    AtomicReference<Rule> lost = new AtomicReference<>();
    shard.lock();
    try {
      shard.evict(turn / shards.length() * NEIGHBOURS, NEIGHBOURS, (rule, resetAt, weighed) -> {
        removed(weighed);
        if (resetAt > now) {
          lost.set(rule);
        }
      });
    } finally {
      shard.unlock();
    }
    // A log may be slow, so it is written without the lock.
    if (lost.get() != null) {
      lost(lost.get());
    }
  }

  private void removed(int weighed) {
    weight.addAndGet(-weighed);
    dropped.incrementAndGet();
  }

  private void lost(Rule rule) {
    long lost = lostLive.incrementAndGet();
    // At each power of two: said at once, and seldom where it goes on.
    if (Long.bitCount(lost) == 1) {
      LOG.warn(
          "policy {}: {} counters forgotten while they still counted; each can admit another burst. The store holds {}",
          rule.name(),
          lost,
          bound);
    }
  }

  /** How many are held, those that are over left out. */
  long counters() {
    long now = time.micros();
    long counters = 0;
    for (int i = 0; i < shards.length(); i++) {
      Shard shard = shards.getAcquire(i);
      if (shard != null) {
        shard.lock();
        shard.sweepFromTheStart();
        sweep(shard, Integer.MAX_VALUE, now);
        counters += shard.counters();
      }
    }
    return counters;
  }

  long dropped() {
    return dropped.get();
  }

  long lostLive() {
    return lostLive.get();
  }
}
