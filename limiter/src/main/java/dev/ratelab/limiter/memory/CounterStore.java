package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.TimeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The counters of all rules, bounded by weight. Checks remove those that are over, a few at a time.
 *
 * <p>They lie in shards, a counter's by the lowest bits of its hash. As counters become more, one shard after the other is split in two by
 * the next bit (Litwin, "Linear hashing", 1980), so that a shard has {@value #COUNTERS_OF_A_SHARD} on average. A shard that was split stays
 * locked for ever: who finds one locked looks again where his counter lies.
 */
final class CounterStore {
  /** How long a counter stays after it is over, at least: a caller's clock may be corrected by a little. */
  private static final long GRACE_MICROS = 2_000_000;

  /** How many counters a check that has made one looks at, at least: so a store that grows is gone over while it does. */
  private static final int SWEPT_FOR_A_NEW_ONE = 4;

  /** How many are looked at in each {@link #SWEEP_EVERY_MICROS}, at least; for all of them a check takes a few microseconds. */
  private static final int SWEPT_AT_ONCE = 64;

  private static final long SWEEP_EVERY_MICROS = 1_000;

  /** More are searched for longer; fewer leave more room to what a shard takes itself, 70 to 80 bytes. */
  private static final int COUNTERS_OF_A_SHARD = 8;

  /** Fewer would make threads wait for one another. */
  private static final long FEWEST_SHARDS = 64;

  /** Of so many counters, at least, the first to be over is dropped when the store is full. */
  private static final int NEIGHBOURS = 16;

  /** Shards never become fewer again, so most are empty after a peak: so many are passed for each counter that is looked at. */
  private static final int PASSED_FOR_A_LOOK = 16;

  /** So many are passed, as soon as one has a counter, to find another that is over earlier. */
  private static final int MOST_PASSED = 64;

  /** Of those that a check may make with several policies, and of others that made some while it was tidied. */
  private static final int MOST_SPLITS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(CounterStore.class);

  private final TimeSource time;
  private final long bound;
  private final AtomicLong weight = new AtomicLong();
  private final AtomicLong made = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong lostLive = new AtomicLong();
  private final AtomicLong evictions = new AtomicLong();

  /** A power of two. Where one is not split yet, it stands in both places of the two to come. */
  private volatile AtomicReferenceArray<Shard> shards;

  /** Who sets this may use the three behind it. */
  private final AtomicBoolean tidying = new AtomicBoolean();

  private int distinct;
  private int sweptShard;
  private volatile long swept;

  CounterStore(TimeSource time, long bound) {
    this.time = time;
    this.bound = bound;
    distinct = (int) Long.highestOneBit(Math.min(FEWEST_SHARDS, Math.max(1, bound / NEIGHBOURS)));
    shards = new AtomicReferenceArray<>(distinct);
    for (int i = 0; i < distinct; i++) {
      shards.set(i, new Shard());
    }
  }

  /** Where a counter lies, if that is not locked. */
  Shard shard(Visit visit) {
    return shard(visit.high);
  }

  private Shard shard(long hash) {
    AtomicReferenceArray<Shard> all = shards;
    return all.getAcquire((int) hash & all.length() - 1);
  }

  private Shard lock(long hash) {
    for (int tries = 0; true; tries++) {
      Shard shard = shard(hash);
      if (shard.tryLock()) {
        return shard;
      }
      Shard.pause(tries);
    }
  }

  /**
   * Locks where the counters of several visits lie, in one order for all requests: by the bits of their hashes from the lowest on, so that
   * splitting a shard does not change it.
   */
  List<Shard> lock(Visit[] visits) {
    long[] hashes = new long[visits.length];
    Arrays.setAll(hashes, i -> Long.reverse(visits[i].high));
    Arrays.sort(hashes);
    List<Shard> locked = new ArrayList<>(hashes.length);
    for (long reversed : hashes) {
      long hash = Long.reverse(reversed);
      // One that is locked by this request is not split meanwhile.
      if (locked.isEmpty() || shard(hash) != locked.get(locked.size() - 1)) {
        locked.add(lock(hash));
      }
    }
    return locked;
  }

  /**
   * Makes room for what a check has charged, removes some of the counters that are over, if it is time to, and splits shards.
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
        int splits = 0;
        while (splits < MOST_SPLITS && split()) {
          splits++;
        }
      } finally {
        tidying.set(false);
      }
    }
  }

  /** Looks at some counters, those of the next shards if one has fewer, but never twice at one shard. */
  private void sweep(int most, long now) {
    int looks = most;
    for (int i = 0; i < Math.min(PASSED_FOR_A_LOOK * most, distinct) && looks > 0; i++) {
      Shard shard = shards.get(sweptShard);
      if (!shard.seemsEmpty() && shard.tryLock()) {
        try {
          looks -= shard.counters();
          sweep(shard, now);
        } finally {
          shard.unlock();
        }
      }
      sweptShard = (sweptShard + 1) % distinct;
    }
  }

  private void sweep(Shard locked, long now) {
    locked.sweep(now - GRACE_MICROS, (rule, resetAt, weighed) -> removed(weighed));
  }

  /** Splits the next shard if there are too few. */
  private boolean split() {
    if (made.get() - dropped.get() <= (long) COUNTERS_OF_A_SHARD * distinct) {
      return false;
    }
    if (distinct == shards.length()) {
      shards = twice(shards);
    }
    int bit = shards.length() / 2;
    int first = distinct - bit;
    Shard whole = shards.get(first);
    if (!whole.tryLock()) {
      return false;
    }
    boolean split = false;
    try {
      Shard without = whole.part(bit, false);
      Shard with = whole.part(bit, true);
      shards.set(first, without);
      shards.set(distinct++, with);
      split = true;
    } finally {
      if (!split) {
        whole.unlock();
      }
    }
    return true;
  }

  private static AtomicReferenceArray<Shard> twice(AtomicReferenceArray<Shard> shards) {
    int length = shards.length();
    AtomicReferenceArray<Shard> twice = new AtomicReferenceArray<>(2 * length);
    for (int i = 0; i < twice.length(); i++) {
      twice.setPlain(i, shards.get(i % length));
    }
    return twice;
  }

  /** Drops the first to be over of the counters of some shards. */
  private void evict() {
    // Others may have charged it at a later time than the caller's.
    long now = time.micros();
    long turn = evictions.getAndIncrement();
    long chosen = turn;
    long firstOverAt = Long.MAX_VALUE;
    int looks = 0;
    int all = shards.length();
    for (int i = 0; i < all && looks < NEIGHBOURS && (looks == 0 || i < MOST_PASSED); i++) {
      if (shard(turn + i).seemsEmpty()) {
        continue;
      }
      Shard shard = lock(turn + i);
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
    if (chosen - turn > NEIGHBOURS) {
      // The next one need not pass all that is empty again.
      evictions.set(chosen);
    }
    AtomicReference<Rule> lost = new AtomicReference<>();
    Shard shard = lock(chosen);
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
      for (int i = 0; i < distinct; i++) {
        Shard shard = lock(i);
        try {
          sweep(shard, now);
          counters += shard.counters();
        } finally {
          shard.unlock();
        }
      }
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
