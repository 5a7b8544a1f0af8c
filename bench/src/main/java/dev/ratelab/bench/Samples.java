package dev.ratelab.bench;

import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Observations of iterations in forks, as rows of the results. */
public final class Samples {
  private Samples() {}

  /** Writes them one by one. */
  public static Series raw(Run run, Series series, String column, double[][] forks)
      throws IOException {
    try (CsvFile csv = run.results().csv(series, "fork", "iteration", column)) {
      for (int fork = 0; fork < forks.length; fork++) {
        for (int i = 0; i < forks[fork].length; i++) {
          csv.row(fork + 1, i + 1, forks[fork][i]);
        }
      }
      return series.raw(csv.raw());
    }
  }

  /** Adds their mean with its {@linkplain Interval#bootstrap interval}; one alone has none. */
  public static void add(Run run, Series series, Metric metric, double[][] forks)
      throws IOException {
    add(run, series, metric, forks, count(forks));
  }

  /** The same with ratios. */
  public static void add(
      Run run, Series series, Metric metric, double[][] forks, List<Ratio> ratios)
      throws IOException {
    Interval mean = interval(run, forks);
    run.results()
        .add(series
            .measured(metric, mean.mean(), mean.low(), mean.high(), count(forks))
            .withRatios(ratios));
  }

  /** The same, resting on more observations than there are values. */
  public static void add(Run run, Series series, Metric metric, double[][] forks, long observations)
      throws IOException {
    Interval mean = interval(run, forks);
    run.results().add(series.measured(metric, mean.mean(), mean.low(), mean.high(), observations));
  }

  /** The same of a metric that others name. */
  public static void addForeign(Run run, Series series, String name, String unit, double[][] forks)
      throws IOException {
    Interval mean = interval(run, forks);
    run.results()
        .add(series.foreign(name, unit, mean.mean(), mean.low(), mean.high(), count(forks)));
  }

  /**
   * A ratio to a peer or a limit, from those of neighbouring turns; one alone has no interval. Empty where a turn tells none, as a
   * clock that counts coarsely may show no processor time in a short one.
   */
  public static Optional<Ratio> ratio(Run run, String to, double[][] forks) {
    if (!Arrays.stream(forks).flatMapToDouble(Arrays::stream).allMatch(x -> x > 0 && x < 1 / 0.0)) {
      return Optional.empty();
    }
    Interval typical = count(forks) == 1
        ? new Interval(forks[0][0], forks[0][0], forks[0][0])
        : Interval.ofRatios(forks, Seeds.derive(run.seed(), "bootstrap", 1));
    return Optional.of(new Ratio(to, typical.mean(), typical.low(), typical.high()));
  }

  private static int count(double[][] forks) {
    return Arrays.stream(forks).mapToInt(fork -> fork.length).sum();
  }

  private static Interval interval(Run run, double[][] forks) {
    return count(forks) == 1
        ? new Interval(forks[0][0], forks[0][0], forks[0][0])
        : Interval.bootstrap(forks, Seeds.derive(run.seed(), "bootstrap", 0));
  }
}
