package dev.ratelab.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/** A mean and its 95 % confidence interval. */
public record Interval(double mean, double low, double high) {
  private static final int RESAMPLES = 10_000;
  private static final int RATIO_RESAMPLES = 1_000;

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
    double mean = mean(values);
    double t = TDistribution.of(n - 1).inverseSurvivalProbability(0.025);
    double half = t * Math.sqrt(variance(values) / n);
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
    double mean = mean(Arrays.stream(forks).mapToDouble(Interval::mean).toArray());
    double t = TDistribution.of(n - 1).inverseSurvivalProbability(0.025);
    double tail = NormalDistribution.of(0, 1).survivalProbability(t * Math.sqrt(n / (n - 1.0)));
    int cut = (int) (tail * RESAMPLES);
    return new Interval(
        mean, Math.min(mean, means[cut]), Math.max(mean, means[RESAMPLES - 1 - cut]));
  }

  /**
   * The typical ratio of two subjects that took turns. What drifts, and what disturbs one turn, must not decide: so the ratio
   * is taken turn by turn, a fork is the median of its turns, and the result the geometric mean of the forks.
   *
   * <p>Where processes differ by luck, forks are what is independent: the interval is Student's over the logarithms of their
   * medians. Where these differ no more than the turns within the forks make them differ, all turns are independent: its width is
   * what a bootstrap over them says, and Student's percentile has as many degrees of freedom as there are turns less forks. One
   * fork alone is taken for as many as it has turns. Of at least four forks this tells a subject from itself in at most 6 % of
   * runs where the forks' luck is normally distributed. Where it has two modes (15 % of forks slower by 0.2) it did in 5.5 % of
   * four forks of six turns, and in 8.4 % of six of eight.
   *
   * @param forks each a fork's ratios, turn by turn, all positive
   * @param seed the same seed gives the same interval
   * @throws IllegalArgumentException if there are fewer than two ratios, or a fork without any
   */
  public static Interval ofRatios(double[][] forks, long seed) {
    double[][] logs = Arrays.stream(forks)
        .map(fork -> Arrays.stream(fork).map(Math::log).toArray())
        .toArray(double[][]::new);
    int turns = Arrays.stream(logs).mapToInt(fork -> fork.length).sum();
    int n = logs.length == 1 ? turns : logs.length;
    if (n < 2 || Arrays.stream(logs).anyMatch(fork -> fork.length == 0)) {
      throw new IllegalArgumentException(
          "an interval needs two observations, and at least one of each fork");
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] medians = Arrays.stream(logs).mapToDouble(Interval::median).toArray();
    double centre = mean(medians);
    double within = Arrays.stream(logs)
            .mapToDouble(fork -> {
              double[] drawn = new double[fork.length];
              double[] resampled = new double[RATIO_RESAMPLES];
              for (int r = 0; r < RATIO_RESAMPLES; r++) {
                Arrays.setAll(drawn, i -> fork[random.nextInt(fork.length)]);
                resampled[r] = median(drawn);
              }
              return variance(resampled);
            })
            .sum()
        / logs.length
        / logs.length;
    double between = logs.length == 1 ? 0 : variance(medians) / n;
    int freedom = between > within || turns == logs.length ? n - 1 : turns - logs.length;
    double half = TDistribution.of(freedom).inverseSurvivalProbability(0.025)
        * Math.sqrt(Math.max(within, between));
    return new Interval(Math.exp(centre), Math.exp(centre - half), Math.exp(centre + half));
  }

  /** The middle value, or the mean of the two in the middle. */
  public static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private static double mean(double... values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double variance(double... values) {
    double mean = mean(values);
    return Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum() / (values.length - 1);
  }
}
