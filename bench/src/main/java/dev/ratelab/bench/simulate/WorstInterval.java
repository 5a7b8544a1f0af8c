package dev.ratelab.bench.simulate;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import java.util.Arrays;

/**
 * By how much what was admitted for a key passes what its algorithm promises, E(τ), in the worst interval.
 *
 * <p>With a bucket, E(τ) = B + floor(N·(τ-1)/W), it is exact over every interval of any length: what lies over the line of rate N/W is
 * a queue that drains at that rate, and its longest is the answer. With a window it is over the intervals of W that begin with one of its
 * {@value #PARTS} parts: up to a part of a window less than the worst.
 */
final class WorstInterval {
  private static final int PARTS = 64;

  private final boolean bucket;
  private final long permits;
  private final long window;
  private final long promised;
  private final long part;

  /** With a bucket the queue, in 1/W of a permit, and when it was that long. With a window the part it is in and the sum of all parts. */
  private final long[] now;

  private final int[] parts;
  private long worst = Long.MIN_VALUE;

  /** Of so many keys, by their ranks; nothing is counted of others. */
  WorstInterval(Policy policy, int keys) {
    Limit limit = policy.limit();
    Algorithm algorithm = policy.algorithm();
    bucket = algorithm.usesBurst();
    permits = limit.permits();
    window = limit.windowMicros();
    part = Math.max(1, (window + PARTS - 1) / PARTS);
    promised = bucket
        ? limit.burst()
        : Oracle.of(
                algorithm.id(),
                new OracleRule(
                    limit.permits(), limit.windowMicros(), limit.burst(), limit.buckets()))
            .bound(window)
            .longValueExact();
    int counted = bucket ? keys : Math.min(keys, 10_000);
    now = new long[2 * counted];
    parts = new int[bucket ? 0 : counted * PARTS];
  }

  /** One permit more of a key, not before the last one of that key. */
  void add(int key, long at) {
    int i = 2 * key;
    if (i >= now.length) {
      return;
    }
    if (bucket) {
      long drained = Math.max(0, at - now[i + 1]) * permits;
      long queue = now[i] > drained ? now[i] - drained : 0;
      now[i] = queue + window;
      now[i + 1] = Math.max(at, now[i + 1]);
      worst = Math.max(worst, now[i]);
    } else {
      worst = Math.max(worst, inWindow(key, i, at / part));
    }
  }

  private long inWindow(int key, int i, long number) {
    int begin = key * PARTS;
    long gone = number - now[i];
    if (gone >= PARTS) {
      Arrays.fill(parts, begin, begin + PARTS, 0);
      now[i + 1] = 0;
      now[i] = number;
    } else {
      for (; now[i] < number; now[i]++) {
        int oldest = begin + (int) ((now[i] + 1) % PARTS);
        now[i + 1] -= parts[oldest];
        parts[oldest] = 0;
      }
    }
    parts[begin + (int) (number % PARTS)]++;
    return ++now[i + 1];
  }

  /** The permits over E(τ) in the worst interval of any key, 0 if none was over. */
  long permitsOver() {
    if (worst == Long.MIN_VALUE) {
      return 0;
    }
    return Math.max(0, (bucket ? -Math.floorDiv(-worst, window) : worst) - promised);
  }
}
