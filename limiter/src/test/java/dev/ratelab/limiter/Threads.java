package dev.ratelab.limiter;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Threads that begin together. */
public final class Threads {
  private Threads() {}

  /** What the work of each thread, which is given its number, came to: all of it in one list. */
  public static <T> List<T> together(int threads, IntFunction<List<T>> work) throws Exception {
    CyclicBarrier start = new CyclicBarrier(threads);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<List<T>>> running = IntStream.range(0, threads)
          .mapToObj(i -> executor.submit(() -> {
            start.await();
            return work.apply(i);
          }))
          .toList();
      List<T> results = new ArrayList<>();
      for (Future<List<T>> each : running) {
        results.addAll(each.get());
      }
      return results;
    } finally {
      executor.shutdownNow();
    }
  }
}
