package dev.ratelab.verification.conform;

import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** Keys of a limiter that nobody has asked about yet, and all of them asked side by side. */
final class FreshKeys {
  private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
    Thread thread = new Thread(task, "conform");
    thread.setDaemon(true);
    return thread;
  });

  private final TestedLimiter limiter;
  private final Limit limit;
  private final long start = System.nanoTime();
  private final String prefix = "k" + Long.toString(start, Character.MAX_RADIX) + "-";
  private final AtomicLong number = new AtomicLong();

  FreshKeys(TestedLimiter limiter, Limit limit) {
    this.limiter = limiter;
    this.limit = limit;
  }

  TestedLimiter limiter() {
    return limiter;
  }

  Limit limit() {
    return limit;
  }

  /** Microseconds since the first of them could be asked. */
  long micros() {
    return (System.nanoTime() - start) / 1_000;
  }

  /** What no name has begun with yet. */
  String prefix() {
    return prefix + number.incrementAndGet() + "-";
  }

  /** A key under a fresh name, asked under one attack. */
  AttackedKey under(Attack attack, List<TestedLimiter> instances) {
    return named(prefix() + attack, instances);
  }

  /** A key whose name has a fresh prefix. */
  AttackedKey named(String name, List<TestedLimiter> instances) {
    return new AttackedKey(instances, name, limit, this::micros);
  }

  /** Plays all at the same time, each in a thread of its own. Throws {@link InterruptedException} if the thread is interrupted. */
  static List<KeyHistory> all(List<Callable<KeyHistory>> plays) throws InterruptedException {
    List<KeyHistory> histories = new ArrayList<>();
    for (Future<KeyHistory> play : THREADS.invokeAll(plays)) {
      try {
        histories.add(play.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("an attack went wrong: " + e.getCause(), e.getCause());
      }
    }
    return histories;
  }
}
