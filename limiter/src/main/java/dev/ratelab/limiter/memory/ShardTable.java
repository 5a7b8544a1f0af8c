package dev.ratelab.limiter.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Where counters lie: in shards, a counter's by the lowest bits of its hash. As counters become more, one shard after the other is split
 * in two by the next bit, and as they become fewer, the last one is merged with the one it was split from (Litwin, "Linear hashing",
 * 1980). So a shard has {@value #MOST_ON_AVERAGE} counters on average, or {@value #FEWEST_ON_AVERAGE} after there were more.
 *
 * <p>A shard that was split, or merged into another one, stays locked for ever: who finds one locked looks again where his counter lies.
 */
final class ShardTable {
  /** More are searched for longer; fewer leave more room to what a shard takes itself, 80 to 90 bytes. */
  private static final int MOST_ON_AVERAGE = 8;

  /** So few that counters which come and go do not split and merge the same shard again and again. */
  private static final int FEWEST_ON_AVERAGE = 4;

  /** A power of two. */
  private final int fewest;

  /** A power of two. Where one is not split yet, it stands in both places of the two to come. */
  private volatile AtomicReferenceArray<Shard> places;

  /** How many shards there are. Each place from that one on holds the shard that the one to come there is split from. */
  private int size;

  /** @param fewest how many shards there are at least, a power of two */
  ShardTable(int fewest) {
    this.fewest = fewest;
    size = fewest;
    places = new AtomicReferenceArray<>(fewest);
    for (int i = 0; i < fewest; i++) {
      places.set(i, new Shard());
    }
  }

  /** Where a counter with this hash lies, if that is not locked. A shard's place is such a hash too. */
  Shard at(long hash) {
    AtomicReferenceArray<Shard> all = places;
    return all.getAcquire((int) hash & all.length() - 1);
  }

  /** Locks where a counter with this hash lies. */
  Shard lock(long hash) {
    for (int tries = 0; true; tries++) {
      Shard shard = at(hash);
      if (shard.tryLock()) {
        return shard;
      }
      Shard.pause(tries);
    }
  }

  /**
   * Locks where the counters of several visits lie, in one order for all requests: by the bits of their hashes from the lowest on, so that
   * splitting and merging shards does not change it.
   */
  List<Shard> lock(Visit[] visits) {
    long[] hashes = new long[visits.length];
    Arrays.setAll(hashes, i -> Long.reverse(visits[i].high));
    Arrays.sort(hashes);
    List<Shard> locked = new ArrayList<>(hashes.length);
    for (long reversed : hashes) {
      long hash = Long.reverse(reversed);
      // One that is locked by this request is neither split nor merged meanwhile.
      if (locked.isEmpty() || at(hash) != locked.get(locked.size() - 1)) {
        locked.add(lock(hash));
      }
    }
    return locked;
  }

  /** How many places there are: each shard stands in one or two of them. */
  int places() {
    return places.length();
  }

  /** How many shards there are. This and what follows is for one thread at a time. */
  int size() {
    return size;
  }

  /**
   * Splits the next shard if there are too few for so many counters, or merges the last one if there are too many.
   *
   * @return whether it did; not where somebody else has locked the shard
   */
  boolean resize(long counters) {
    if (counters > (long) MOST_ON_AVERAGE * size) {
      return split();
    }
    return size > fewest && counters < (long) FEWEST_ON_AVERAGE * size && merge();
  }

  private boolean split() {
    if (size == places.length()) {
      places = copy(2 * size);
    }
    int bit = places.length() / 2;
    int first = size - bit;
    Shard whole = places.get(first);
    if (!whole.tryLock()) {
      return false;
    }
    boolean split = false;
    try {
      Shard without = whole.part(bit, false);
      Shard with = whole.part(bit, true);
      places.set(first, without);
      places.set(size++, with);
      split = true;
    } finally {
      if (!split) {
        whole.unlock();
      }
    }
    return true;
  }

  private boolean merge() {
    if (2 * size == places.length()) {
      places = copy(size);
    }
    int last = size - 1;
    Shard part = places.get(last);
    Shard rest = places.get(last - places.length() / 2);
    if (!part.tryLock()) {
      return false;
    }
    if (!rest.tryLock()) {
      part.unlock();
      return false;
    }
    boolean merged = false;
    try {
      rest.add(part);
      // While the rest is locked: a request that locks it next may look for the other one's too.
      places.set(last, rest);
      size = last;
      merged = true;
    } finally {
      rest.unlock();
      if (!merged) {
        part.unlock();
      }
    }
    return true;
  }

  private AtomicReferenceArray<Shard> copy(int length) {
    AtomicReferenceArray<Shard> all = places;
    int mask = all.length() - 1;
    AtomicReferenceArray<Shard> copy = new AtomicReferenceArray<>(length);
    for (int i = 0; i < length; i++) {
      copy.setPlain(i, all.get(i & mask));
    }
    return copy;
  }
}
