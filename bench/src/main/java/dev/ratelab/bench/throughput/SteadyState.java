package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Interval;
import java.util.Arrays;

/**
 * Whether a benchmark was warm when it was measured: whether its iterations still tend upwards or downwards.
 *
 * <p>They do if both hold: the Mann-Kendall test finds a trend at the level of {@value #LEVEL}, and the Theil-Sen slope, the
 * median of the slopes of all pairs of iterations, makes more than {@value #DRIFT} of the median over the whole series. The
 * test counts the pairs of which the later is the faster, those of all forks together, as a fork has too few of its own; its
 * exact distribution is that of the inversions of as many permutations. The first condition alone would flag a drift too small
 * to matter; the second alone would flag noise. Both go by ranks and medians, so one iteration in which the machine did
 * something else does not decide.
 *
 * <p>Fewer than five iterations of one fork cannot show a trend at this level, and pass. One steady subject in twenty whose noise
 * is that large is flagged too.
 */
final class SteadyState {
  /** The probability of a trend at least as clear without one. */
  static final double LEVEL = 0.05;

  /** The drift from the first iteration to the last that matters, as a share. */
  static final double DRIFT = 0.05;

  private SteadyState() {}

  /** Whether the forks' scores, each fork's in the order measured, show no trend that matters. */
  static boolean isSteady(double[]... forks) {
    return Math.abs(driftOfAll(forks)) <= DRIFT || trendProbability(forks) > LEVEL;
  }

  /** How likely orderings as clear as these are without a trend, in either direction. */
  static double trendProbability(double[]... forks) {
    int sum = 0;
    int pairs = 0;
    double[] inversions = {1};
    for (double[] scores : forks) {
      int n = scores.length;
      for (int i = 0; i < n; i++) {
        for (int j = i + 1; j < n; j++) {
          sum += (int) Math.signum(scores[j] - scores[i]);
        }
      }
      pairs += n * (n - 1) / 2;
      inversions = together(inversions, inversions(n));
    }
    double probability = 0;
    for (int k = 0; k <= pairs; k++) {
      if (Math.abs(pairs - 2 * k) >= Math.abs(sum)) {
        probability += inversions[k];
      }
    }
    return probability;
  }

  /** The distribution of the sum of two independent numbers. */
  private static double[] together(double[] one, double[] other) {
    double[] sum = new double[one.length + other.length - 1];
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < other.length; j++) {
        sum[i + j] += one[i] * other[j];
      }
    }
    return sum;
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

  /** From a fork's first iteration to its last, as a share: the median of the forks. */
  private static double driftOfAll(double[]... forks) {
    return Interval.median(Arrays.stream(forks).mapToDouble(SteadyState::drift).toArray());
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
