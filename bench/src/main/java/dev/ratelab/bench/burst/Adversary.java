package dev.ratelab.bench.burst;

import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.LongStream;

/**
 * Arrivals that take whatever can be had, as soon as it can be had. An attack begins with all that fits into one instant, and
 * goes on for three windows: at the last and first instants of every window, or bucket of one, and wherever another permit falls due, counted from
 * the attack's begin (buckets refill then) and from each window's or bucket's (the weight of what counts only in part has decayed by one permit then). One
 * attack begins at a window's last instant, one at its first, one in its middle; between two lies so much silence that all is
 * forgotten.
 */
final class Adversary {
  private static final int WINDOWS = 3;

  /** Instants a window in which one more permit is asked for; where the limit is larger, several permits at each. */
  private static final long STEPS = 100;

  private static final int LEAKY_BURST = 1_000;

  private final Algorithm algorithm;
  private final Limit limit;
  private final String key;
  private final long stride;
  private final List<VirtualRequest> arrivals = new ArrayList<>();

  private Adversary(Algorithm algorithm, Limit limit, String key) {
    this.algorithm = algorithm;
    this.limit = limit;
    this.key = key;
    stride = Math.max(1, limit.permits() / STEPS);
  }

  /**
   * All attacks.
   *
   * @param origin the begin of a window, in microseconds
   */
  static List<VirtualRequest> arrivals(Algorithm algorithm, Limit limit, String key, long origin) {
    Adversary adversary = new Adversary(algorithm, limit, key);
    long window = limit.windowMicros();
    long refill = limit.burst() / limit.permits() + 1;
    long begin = origin;
    for (long offset : new long[] {window - 1, 0, window / 2}) {
      adversary.attack(begin, begin + offset);
      begin += (WINDOWS + 3 + refill) * window;
    }
    return adversary.arrivals;
  }

  /**
   * One attack.
   *
   * @param windowBegin the begin of a window, in microseconds
   * @param begin when it begins, within that window
   */
  static List<VirtualRequest> attack(
      Algorithm algorithm, Limit limit, String key, long windowBegin, long begin) {
    Adversary adversary = new Adversary(algorithm, limit, key);
    adversary.attack(windowBegin, begin);
    return adversary.arrivals;
  }

  private void attack(long windowBegin, long begin) {
    long window = limit.windowMicros();
    long end = begin + WINDOWS * window;
    TreeSet<Long> edges = new TreeSet<>(List.of(begin));
    TreeSet<Long> steps = new TreeSet<>();
    int parts = algorithm.usesBuckets() ? limit.buckets() : 1;
    for (int i = 0; i <= (WINDOWS + 1) * parts; i++) {
      long edge = windowBegin - Math.floorDiv(-i * window, parts);
      edges.addAll(List.of(edge - 1, edge));
      permitsDue().forEach(due -> steps.add(edge - Math.floorDiv(-due, parts)));
    }
    for (int i = 0; i <= WINDOWS + 1; i++) {
      edges.add(begin + i * window);
    }
    for (int i = 0; i < WINDOWS; i++) {
      long from = begin + i * window;
      permitsDue().forEach(due -> steps.add(from + due));
    }
    steps.addAll(edges);
    for (long at : steps.subSet(begin, true, end, true)) {
      if (algorithm == Algorithm.LEAKY_BUCKET) {
        // Units of one request leave one by one: only single ones show when each of them leaves.
        ask(at, 1, at == begin ? Math.min(limit.burst() + 1, LEAKY_BURST) : 2);
      } else {
        saturate(at, edges.contains(at) ? limit.burst() : 2 * stride);
      }
    }
  }

  /** The elapsed times at which another stride of permits falls due, up to a window. */
  private LongStream permitsDue() {
    return LongStream.rangeClosed(0, limit.permits() / stride)
        .map(i -> -Math.floorDiv(-i * stride * limit.windowMicros(), limit.permits()));
  }

  /** Asks for so much that less than one permit is left: the largest cost, then each power of two below it. */
  private void saturate(long at, long most) {
    long cost = Math.min(most, limit.maxCost());
    ask(at, cost, most / cost);
    for (long half = Long.highestOneBit(cost); half > 0; half /= 2) {
      ask(at, half, 1);
    }
  }

  private void ask(long at, long cost, long times) {
    for (long i = 0; i < times; i++) {
      arrivals.add(new VirtualRequest(at, key, cost));
    }
  }
}
