package dev.ratelab.bench.rediscost;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What is told of a contestant's rounds.
 *
 * @param value that of one round
 */
record CostMetric<T>(Metric metric, ToDoubleFunction<T> value) {
  /** Adds the mean of each metric over rounds to the results, with an interval around it; of fewer than two rounds nothing. */
  static <T> void write(
      Run run, Series bare, List<T> rounds, long decisionsPerRound, List<CostMetric<T>> metrics)
      throws IOException {
    if (rounds.size() < 2) {
      return;
    }
    Series series;
    Stream<String> columns = metrics.stream().map(cost -> cost.metric.id());
    try (CsvFile csv = run.results()
        .csv(bare, Stream.concat(Stream.of("round"), columns).toArray(String[]::new))) {
      for (int round = 0; round < rounds.size(); round++) {
        T one = rounds.get(round);
        Stream<Double> values = metrics.stream().map(cost -> cost.value.applyAsDouble(one));
        csv.row(Stream.concat(Stream.of(round + 1), values).toArray());
      }
      series = bare.raw(csv.raw());
    }
    for (CostMetric<T> cost : metrics) {
      double[] values = rounds.stream().mapToDouble(cost.value).toArray();
      Samples.add(
          run, series, cost.metric, new double[][] {values}, decisionsPerRound * values.length);
    }
  }
}
