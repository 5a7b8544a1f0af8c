package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.TimeSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The counters of all rules, bounded by weight. Checks remove those that are over, a few at a time. */
final class CounterStore {
  /** How long a counter stays after it is over, at least: a caller's clock may be corrected by a little. */
  private static final long GRACE_MICROS = 2_000_000;

  /** How many counters a check that has made one looks at, at least: so a store that grows is gone over while it does. */
  private static final int SWEPT_FOR_A_NEW_ONE = 4;

  /** How many are looked at in each {@link #SWEEP_EVERY_MICROS}, at least; for all of them a check takes a few microseconds. */
  private static final int SWEPT_AT_ONCE = 64;

  /** How many shards a check splits or merges, at most: as many as come to have too few counters where {@link #SWEPT_AT_ONCE} are removed. */
  private static final int RESIZED_AT_ONCE = 16;

  private static final long SWEEP_EVERY_MICROS = 1_000;

  /** Fewer would make threads wait for one another. */
  private static final int FEWEST_SHARDS = 64;

  /** Of so many counters, at least, the first to be over is dropped when the store is full. */
  private static final int NEIGHBOURS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(CounterStore.class);

  private final TimeSource time;
  private final long bound;
  private final AtomicLong weight = new AtomicLong();
  private final AtomicLong made = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong lostLive = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();

  /** Where they lie. */
  final ShardTable shards;

  /** Who sets this may resize the table, and use what is behind it. */
  private final AtomicBoolean tidying = new AtomicBoolean();

  private int sweptShard;
  private volatile long swept;

  CounterStore(TimeSource time, long bound) {
    this.time = time;
    this.bound = bound;
    shards = new ShardTable(
        (int) Long.highestOneBit(Math.min(FEWEST_SHARDS, Math.max(1, bound / NEIGHBOURS))));
  }

  /**
   * Makes room for what a check has charged, removes some of the counters that are over, if it is time to, and splits or merges
   * some shards.
   *
   * @param heavier how much more the store weighs
   * @param more how many counters it has more
   */
  void charged(int heavier, int more, long now) {
    if (more != 0) {
      made.addAndGet(more);
    }
    if (heavier != 0) {
      long weighs = weight.addAndGet(heavier);
      while (weighs > bound) {
        evict();
        weighs = weight.get();
      }
    }
    long since = now - swept;
    boolean due = since >= SWEEP_EVERY_MICROS || since <= -SWEEP_EVERY_MICROS;
    if ((due || heavier > 0 || more > 0) && tidying.compareAndSet(false, true)) {
      try {
        if (due) {
          swept = now;
        }
        sweep(due ? SWEPT_AT_ONCE : SWEPT_FOR_A_NEW_ONE, now);
        resize(RESIZED_AT_ONCE);
      } finally {
        tidying.set(false);
      }
    }
  }

  /** Looks at some counters, those of the next shards if one has fewer, but never twice at one shard. */
  private void sweep(int most, long now) {
    int looks = most;
    for (int i = 0; i < Math.min(most, shards.size()) && looks > 0; i++) {
      // It may be past the end, where shards were merged.
      sweptShard = sweptShard < shards.size() ? sweptShard : 0;
      Shard shard = shards.at(sweptShard++);
      looks -= shard.counters();
      if (shard.mayBeOver(now - GRACE_MICROS) && shard.tryLock()) {
        try {
          sweep(shard, now);
        } finally {
          shard.unlock();
        }
      }
    }
  }

  private void sweep(Shard locked, long now) {
    locked.sweep(now - GRACE_MICROS, (rule, resetAt, weighed) -> removed(weighed));
  }

  /** Splits or merges a shard for every few counters that were made or dropped since the last time, but so many shards at most. */
  private void resize(int most) {
    int resized = 0;
    while (resized < most && shards.resize(made.get() - dropped.get())) {
      resized++;
    }
  }

  /** Drops the first to be over of the counters of some shards. */
  private void evict() {
    // Others may have charged it at a later time than the caller's.
    long now = time.micros();
    long turn = evictions.getAndIncrement();
    long chosen = turn;
    long firstOverAt = Long.MAX_VALUE;
    int looks = 0;
    for (int i = 0; i < shards.places() && looks < NEIGHBOURS; i++) {
      if (shards.at(turn + i).counters() == 0) {
        continue;
      }
      Shard shard = shards.lock(turn + i);
      try {
        looks += shard.counters();
        long overAt = shard.firstOverAt();
        if (overAt < firstOverAt) {
          firstOverAt = overAt;
          chosen = turn + i;
        }
      } finally {
        shard.unlock();
      }
    }
    AtomicReference<Rule> lost = new AtomicReference<>();
    Shard shard = shards.lock(chosen);
    try {
      shard.evict((rule, resetAt, weighed) -> {
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
    for (int tries = 0; !tidying.compareAndSet(false, true); tries++) {
      Shard.pause(tries);
    }
    try {
      long counters = 0;
      for (int i = 0; i < shards.size(); i++) {
        Shard shard = shards.lock(i);
        try {
          sweep(shard, now);
          counters += shard.counters();
        } finally {
          shard.unlock();
        }
      }
      resize(Integer.MAX_VALUE);
      return counters;
    } finally {
      tidying.set(false);
    }
  }

  long dropped() {
    return dropped.get();
  }

  long lostLive() {
    return lostLive.get();
  }
}
