package dev.ratelab.bench.rediscost;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What is told of a contestant's rounds.
 *
 * @param value that of one round
 */
record CostMetric<T>(Metric metric, ToDoubleFunction<T> value) {
  /** Adds the mean over rounds to the results, with an interval around it. */
  void add(Run run, Series series, List<T> rounds, long decisionsPerRound) throws IOException {
    double[] values = rounds.stream().mapToDouble(value).toArray();
    Samples.add(run, series, metric, new double[][] {values}, decisionsPerRound * values.length);
  }
}
