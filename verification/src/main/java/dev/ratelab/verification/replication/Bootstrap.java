package dev.ratelab.verification.replication;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Intervals by the bootstrap (Efron 1979) over sources, as requests of one source resemble each other: draw as many sources
 * again, with replacement, and take the same mean of them; the middle 95 % of many such means are the interval. Where nothing
 * was counted there is nothing to draw from, and the upper end is 3/requests (the rule of three), as if requests were
 * independent.
 */
final class Bootstrap {
  private static final int RESAMPLES = 1_000;

  private Bootstrap() {}

  static Map<Measure, BootstrapEstimate> of(List<Tally> sources, SplittableRandom random) {
    Measure[] measures = Measure.values();
    long[] requests = sources.stream().mapToLong(Tally::requests).toArray();
    double[][] sums = sources.stream()
        .map(source -> Arrays.stream(measures).mapToDouble(source::sum).toArray())
        .toArray(double[][]::new);
    double[][] means = new double[measures.length][RESAMPLES];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      double[] total = new double[measures.length];
      long drawn = 0;
      for (int i = 0; i < requests.length; i++) {
        int source = random.nextInt(requests.length);
        drawn += requests[source];
        for (int j = 0; j < total.length; j++) {
          total[j] += sums[source][j];
        }
      }
      for (int j = 0; j < total.length; j++) {
        means[j][resample] = drawn == 0 ? 0 : total[j] / drawn;
      }
    }
    long all = Arrays.stream(requests).sum();
    Map<Measure, BootstrapEstimate> estimates = new EnumMap<>(Measure.class);
    for (int i = 0; i < measures.length; i++) {
      Measure measure = measures[i];
      double value = sources.stream().mapToDouble(source -> source.sum(measure)).sum() / all;
      estimates.put(
          measure,
          value == 0 && measure.isCount()
              ? new BootstrapEstimate(0, 0, Math.min(1, 3.0 / all))
              : interval(value, means[i]));
    }
    return estimates;
  }

  private static BootstrapEstimate interval(double value, double[] means) {
    Arrays.sort(means);
    return new BootstrapEstimate(
        value,
        Math.min(value, means[RESAMPLES / 40]),
        Math.max(value, means[RESAMPLES - 1 - RESAMPLES / 40]));
  }
}
