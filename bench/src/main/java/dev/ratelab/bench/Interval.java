package dev.ratelab.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A mean and its 95 % confidence interval.
 *
 * @param mean the mean
 * @param low lower end
 * @param high upper end
 */
public record Interval(double mean, double low, double high) {
  private static final int RESAMPLES = 10_000;

  /**
   * Student's interval: mean ± t·s/√n, t the 97.5th percentile of Student's distribution with n-1 degrees of freedom, s
   * the sample's standard deviation. The lower end of what cannot be negative stops at 0.
   *
   * @param values at least two independent observations, none negative
   * @throws IllegalArgumentException if there are fewer than two: one observation says nothing about its spread
   */
  public static Interval ofMean(double... values) {
    int n = values.length;
    if (n < 2) {
      throw new IllegalArgumentException("an interval needs two observations, but there is " + n);
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    double t = TDistribution.of(n - 1).inverseSurvivalProbability(0.025);
    double half = t * Math.sqrt(squares / (n - 1) / n);
    return new Interval(mean, Math.max(0, mean - half), mean + half);
  }

  /**
   * The bootstrap over forks: the mean of forks drawn with replacement, each a mean of iterations drawn with replacement
   * from its own, as often as {@value #RESAMPLES} times. What lies between two percentiles of these means is the interval.
   *
   * <p>The percentiles are not 2.5 and 97.5: over few forks that would be too narrow. They are those at which the
   * interval of a normal sample has Student's width, Φ(∓t·√(n/(n-1))) (Hesterberg, "What Teachers Should Know About the
   * Bootstrap", 2015, the expanded percentile interval). No bootstrap can look beyond the forks it has: five of them all lie
   * on one side of the truth in 6 of 100 runs, three in 25. So from five forks on this is about a 95 % interval, and below that
   * it only says how far the forks and their iterations lay apart.
   *
   * @param forks each a fork's iterations; one alone is resampled over its iterations
   * @param seed the same seed gives the same interval
   * @throws IllegalArgumentException if there are fewer than two observations, or a fork without any
   */
  public static Interval bootstrap(double[][] forks, long seed) {
    if (forks.length == 1 && forks[0].length > 1) {
      return bootstrap(
          Arrays.stream(forks[0]).mapToObj(x -> new double[] {x}).toArray(double[][]::new), seed);
    }
    int n = forks.length;
    if (n < 2 || Arrays.stream(forks).anyMatch(fork -> fork.length == 0)) {
      throw new IllegalArgumentException(
          "an interval needs two observations, and at least one of each fork");
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[RESAMPLES];
    for (int r = 0; r < RESAMPLES; r++) {
      double sum = 0;
      for (int i = 0; i < n; i++) {
        double[] fork = forks[random.nextInt(n)];
        double ofFork = 0;
        for (int j = 0; j < fork.length; j++) {
          ofFork += fork[random.nextInt(fork.length)];
        }
        sum += ofFork / fork.length;
      }
      means[r] = sum / n;
    }
    Arrays.sort(means);
    double mean = Arrays.stream(forks)
        .mapToDouble(fork -> Arrays.stream(fork).average().orElseThrow())
        .average()
        .orElseThrow();
    double t = TDistribution.of(n - 1).inverseSurvivalProbability(0.025);
    double tail = NormalDistribution.of(0, 1).survivalProbability(t * Math.sqrt(n / (n - 1.0)));
    int cut = (int) (tail * RESAMPLES);
    return new Interval(
        mean, Math.min(mean, means[cut]), Math.max(mean, means[RESAMPLES - 1 - cut]));
  }
}
