package dev.ratelab.bench.simulate;

import dev.ratelab.bench.PolicyOracle;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;

/**
 * By how much what was admitted for a key passes what its algorithm promises, E(τ), in the worst interval, and the most in one window.
 *
 * <p>With a bucket, E(τ) = B + floor(N·(τ-1)/W), the first is exact over every interval of any length: what lies over the line of rate N/W
 * is a queue that drains at that rate, and its longest is the answer. All about windows is of the intervals of W that begin with a part of
 * it, of {@value #PARTS}, and of the {@value #WATCHED} most popular keys: what a part holds less than the worst.
 */
final class WorstInterval {
  private static final int PARTS = Long.SIZE;
  private static final int WATCHED = 10_000;

  private final boolean bucket;
  private final long permits;
  private final long window;
  private final long promised;
  private final long part;

  /** Of each key the queue, in 1/W of a permit, and when it was that long. */
  private final long[] queues;

  /** Of each key the part of a window that it is in, and the sum of all. */
  private final long[] sums;

  /** And which of its parts hold any, a bit each. */
  private final long[] filled;

  private final int[] parts;
  private long longestQueue;
  private long mostInWindow;

  /** Of so many keys, by their ranks; nothing is counted of others. */
  WorstInterval(Policy policy, int keys) {
    Limit limit = policy.limit();
    Algorithm algorithm = policy.algorithm();
    bucket = algorithm.usesBurst();
    permits = limit.permits();
    window = limit.windowMicros();
    part = Math.max(1, (window + PARTS - 1) / PARTS);
    promised =
        bucket ? limit.burst() : PolicyOracle.of(algorithm, limit).bound(window).longValueExact();
    queues = new long[bucket ? 2 * keys : 0];
    int watched = Math.min(keys, WATCHED);
    sums = new long[2 * watched];
    filled = new long[watched];
    parts = new int[watched * PARTS];
  }

  /** One permit more of a key. */
  void add(int key, long at) {
    int i = 2 * key;
    if (i < queues.length) {
      long drained = Math.max(0, at - queues[i + 1]) * permits;
      long queue = Math.max(0, queues[i] - drained) + window;
      queues[i] = queue;
      queues[i + 1] = Math.max(at, queues[i + 1]);
      longestQueue = Math.max(longestQueue, queue);
    }
    if (i < sums.length) {
      mostInWindow = Math.max(mostInWindow, inWindow(key, i, at / part));
    }
  }

  private long inWindow(int key, int i, long number) {
    int begin = key * PARTS;
    long ahead = number - sums[i];
    if (ahead > 0) {
      long over = ahead >= PARTS ? -1 : Long.rotateLeft((1L << ahead) - 1, (int) sums[i] + 1);
      for (long left = filled[key] & over; left != 0; left &= left - 1) {
        int oldest = begin + Long.numberOfTrailingZeros(left);
        sums[i + 1] -= parts[oldest];
        parts[oldest] = 0;
      }
      filled[key] &= ~over;
      sums[i] = number;
    }
    int now = (int) sums[i] & (PARTS - 1);
    filled[key] |= 1L << now;
    parts[begin + now]++;
    return ++sums[i + 1];
  }

  /** The permits over E(τ) in the worst interval of any key, 0 if none was over. */
  long permitsOver() {
    long most = bucket ? -Math.floorDiv(-longestQueue, window) : mostInWindow;
    return Math.max(0, most - promised);
  }

  /** The most that any key got in a window. */
  long mostInWindow() {
    return mostInWindow;
  }
}
