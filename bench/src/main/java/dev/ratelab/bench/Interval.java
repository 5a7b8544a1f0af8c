package dev.ratelab.bench;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * A mean and its 95 % confidence interval.
 *
 * @param mean the mean
 * @param low lower end
 * @param high upper end
 */
public record Interval(double mean, double low, double high) {
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
}
