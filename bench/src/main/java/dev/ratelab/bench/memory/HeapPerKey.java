package dev.ratelab.bench.memory;

import dev.ratelab.bench.Target;
import dev.ratelab.bench.peer.Peer;
import dev.ratelab.bench.peer.PeerLimiter;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.StoreBound;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * Heap that one key takes in the in-memory store: the heap after a garbage collection with many keys, less the same
 * without, divided by their number. So a share of the store's tables is in it, and the key's own string where the subject keeps it.
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
   */
  static double measure(Policy policy, int admissions, int keys) throws InterruptedException {
    AtomicLong clock = new AtomicLong(EPOCH);
    TimeSource time = clock::get;
    RateLimiter limiter = RateLimiters.inMemory(time, StoreBound.mostKeys());
    ScopedPolicy scoped = ScopedPolicy.perKey(policy);
    return measure(
        policy.algorithm().id(),
        key -> {
          clock.incrementAndGet();
          return limiter.check(Request.of(scoped, key, 1)).allowed();
        },
        admissions,
        keys);
  }

  /**
   * Measures a peer once, each of whose keys is admitted once: that is all that every peer admits at an instant.
   *
   * @param limit of a window so long that nothing expires meanwhile
   */
  static double measure(Peer peer, Limit limit, int keys) throws InterruptedException {
    try (PeerLimiter limiter =
        peer.opening().apply(new Peer.Setting(limit, null, "memory", Target.DEADLINE))) {
      return measure(peer.name(), limiter::tryAcquire, 1, keys);
    }
  }

  /** Measures a number for each key in a concurrent map once: what no keyed store in a heap can do without. */
  static double mapEntry(int keys) throws InterruptedException {
    Map<String, Long> map = new ConcurrentHashMap<>();
    AtomicLong number = new AtomicLong(EPOCH);
    return measure("a map", key -> map.put(key, number.incrementAndGet()) == null, 1, keys);
  }

  private static double measure(String name, Predicate<String> limiter, int admissions, int keys)
      throws InterruptedException {
    try {
      long before = usedHeap();
      fill(name, limiter, admissions, keys);
      return Math.max(0, (double) (usedHeap() - before) / keys);
    } finally {
      Reference.reachabilityFence(limiter);
    }
  }

  // The keys' strings are made in here, so that afterwards only a subject can hold them.
  private static void fill(String subject, Predicate<String> limiter, int admissions, int keys)
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
        if (!limiter.test(name)) {
          throw new IllegalStateException(
              "%s denied admission %s of %s".formatted(subject, a + 1, admissions));
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
