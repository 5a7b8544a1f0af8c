package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Interval;

/**
 * Whether a benchmark was warm when it was measured: whether its iterations still tend upwards or downwards.
 *
 * <p>They do if both hold: the Mann-Kendall test finds a trend at the level of {@value #LEVEL} (it counts the pairs of
 * iterations of which the later is the faster; its exact distribution is that of the inversions of a permutation), and the
 * Theil-Sen slope, the median of the slopes of all pairs, makes more than {@value #DRIFT} of the median over the whole
 * series. The first alone would flag a drift too small to matter; the second alone would flag noise. Both go by ranks and
 * medians, so one iteration in which the machine did something else does not decide.
 *
 * <p>Fewer than five iterations cannot show a trend at this level, and pass. One steady series in twenty whose noise is that
 * large is flagged too.
 */
final class SteadyState {
  /** The probability of a trend at least as clear without one. */
  static final double LEVEL = 0.05;

  /** The drift from the first iteration to the last that matters, as a share. */
  static final double DRIFT = 0.05;

  private SteadyState() {}

  /** Whether a series of scores, in the order measured, shows no trend that matters. */
  static boolean isSteady(double... scores) {
    return isFlat(scores) || trendProbability(scores) > LEVEL;
  }

  /** The same of so few that a trend could hide in the noise: whatever the noise, the drift itself must not matter. */
  static boolean isFlat(double... scores) {
    return Math.abs(drift(scores)) <= DRIFT;
  }

  /** How likely orderings as clear as this one are without a trend, in either direction. */
  static double trendProbability(double... scores) {
    int n = scores.length;
    int sum = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        sum += (int) Math.signum(scores[j] - scores[i]);
      }
    }
    double[] inversions = inversions(n);
    int pairs = n * (n - 1) / 2;
    double probability = 0;
    for (int k = 0; k <= pairs; k++) {
      if (Math.abs(pairs - 2 * k) >= Math.abs(sum)) {
        probability += inversions[k];
      }
    }
    return probability;
  }

  /** The share of the permutations of n that have k inversions, by k. */
  private static double[] inversions(int n) {
    double[] share = {1};
    for (int size = 2; size <= n; size++) {
      double[] next = new double[size * (size - 1) / 2 + 1];
      for (int k = 0; k < share.length; k++) {
        for (int more = 0; more < size; more++) {
          next[k + more] += share[k] / size;
        }
      }
      share = next;
    }
    return share;
  }

  private static double drift(double... scores) {
    int n = scores.length;
    double[] slopes = new double[n * (n - 1) / 2];
    int next = 0;
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        slopes[next++] = (scores[j] - scores[i]) / (j - i);
      }
    }
    return n < 2 ? 0 : Interval.median(slopes) * (n - 1) / Interval.median(scores);
  }
}
