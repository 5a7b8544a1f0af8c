package dev.ratelab.bench.memory;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Heap that one key takes in the in-memory store: the heap after a garbage collection with many keys, less the same
 * without, divided by their number. So a share of the store's tables and the key's own string are in it.
 */
final class HeapPerKey {
  // Any instant will do; this one lies at a window's begin for every window that divides a day.
  static final long EPOCH = 20_000L * 24 * 60 * 60 * 1_000_000;
  private static final int MOST_COLLECTIONS = 6;

  private HeapPerKey() {}

  /**
   * Measures once.
   *
   * @param policy of a window so long that nothing expires in millions of microseconds
   * @param admissions how often each key is admitted, each time at an instant of its own
   * @param keys how many keys
   * @return bytes for each key
   */
  static double measure(Policy policy, int admissions, int keys) throws InterruptedException {
    AtomicLong clock = new AtomicLong(EPOCH);
    TimeSource time = clock::get;
    RateLimiter limiter = MemoryRateLimiter.of(policy, time, 2L * keys);
    try {
      long before = usedHeap();
      fill(limiter, clock, admissions, keys);
      return Math.max(0, (double) (usedHeap() - before) / keys);
    } finally {
      Reference.reachabilityFence(limiter);
    }
  }

  // The keys' strings are made in here, so that afterwards only the store holds them.
  private static void fill(RateLimiter limiter, AtomicLong clock, int admissions, int keys)
      throws InterruptedException {
    String[] names = new String[keys];
    for (int k = 0; k < keys; k++) {
      names[k] = "user" + k;
    }
    for (int a = 0; a < admissions; a++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      for (String name : names) {
        clock.incrementAndGet();
        if (!limiter.check(name, 1).allowed()) {
          throw new IllegalStateException("%s denied admission %d of %d"
              .formatted(limiter.policy().algorithm(), a + 1, admissions));
        }
      }
    }
  }

  private static long usedHeap() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < MOST_COLLECTIONS; i++) {
      System.gc();
      long now = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
      if (now > used * 0.999) {
        return Math.min(now, used);
      }
      used = now;
    }
    return used;
  }
}
