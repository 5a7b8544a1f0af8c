package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** All counters of which this instance may hold something, one borrower for each. Thread-safe. */
final class Borrowers {
  /** So many of those there are are looked at for each that is made or asked for more: so as many go as come. */
  private static final int LOOKED_AT = 4;

  private final Map<Hashed, Borrower> live = new ConcurrentHashMap<>();

  /** Those found last. What is kept of one never changes, so a race loses nothing. */
  private final @Nullable Borrower[] recent = new Borrower[1024];

  private final AtomicInteger size = new AtomicInteger();
  private final LongAdder lapsed = new LongAdder();
  private final int most;
  private final ReentrantLock sweeping = new ReentrantLock();
  private Iterator<Map.Entry<Hashed, Borrower>> swept = live.entrySet().iterator();

  Borrowers(int most) {
    this.most = most;
  }

  /** Null if there is none. One that is forgotten a moment later holds nothing. */
  @Nullable
  Borrower find(Hashed counter) {
    int place = (int) counter.low() & recent.length - 1;
    Borrower last = recent[place];
    if (last != null
        && last.low == counter.low()
        && last.high == counter.high()
        && !last.isForgotten()) {
      return last;
    }
    // A copy, so that the compiler sees that the other one never leaves, and makes none.
    Borrower found = live.get(new Hashed(counter.low(), counter.high()));
    if (found != null) {
      recent[place] = found;
    }
    return found;
  }

  /** Null if there are as many as there may be. */
  @Nullable
  Borrower findOrMake(Hashed counter, LeasedPolicy policy, long now) {
    Borrower found = live.get(counter);
    if (found != null) {
      return found;
    }
    sweep(now);
    return live.computeIfAbsent(counter, absent -> {
      if (size.incrementAndGet() > most) {
        size.decrementAndGet();
        return null;
      }
      return new Borrower(counter, policy);
    });
  }

  /** Removes one that has been forgotten. */
  void remove(Hashed counter, Borrower forgotten, long now) {
    if (live.remove(counter, forgotten)) {
      size.decrementAndGet();
      lapsed.add(forgotten.counter.lapsed(now));
    }
  }

  private void sweep(long now) {
    if (!sweeping.tryLock()) {
      return;
    }
    try {
      boolean pressed = size() >= most;
      if (!swept.hasNext()) {
        swept = live.entrySet().iterator();
      }
      for (int i = 0; i < LOOKED_AT && swept.hasNext(); i++) {
        Map.Entry<Hashed, Borrower> each = swept.next();
        if (each.getValue().forget(now, pressed)) {
          remove(each.getKey(), each.getValue(), now);
        }
      }
    } finally {
      sweeping.unlock();
    }
  }

  int size() {
    return size.get();
  }

  /** How many permits were over unspent. It looks at all counters. */
  long lapsed(long now) {
    long sum = lapsed.sum();
    for (Borrower each : live.values()) {
      sum += each.counter.lapsed(now);
    }
    return sum;
  }
}
