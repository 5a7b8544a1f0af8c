package dev.ratelab.cli;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The shortest useful account of a run: a line for each algorithm, a column for each question that was measured. */
final class Summary {
  private final List<Measurement> rows;
  private final TextTable<String> table =
      new TextTable<>("algorithm", Arrays.stream(Algorithm.values()).map(Algorithm::id), id -> id);

  private Summary(Results results) {
    rows = results.measurements().stream()
        .filter(row -> row.subject().equals(Measurement.RATELAB))
        .toList();
    speed(Subject.MEMORY, Measurement.NONE, "of clock");
    Subject.CLIENTS.forEach(client -> speed(client, client, "of no-op"));
    worst(
        "memory p99 us",
        "%.2f",
        1,
        "latency",
        Metric.P99,
        row -> row.backend().equals(Subject.MEMORY));
    for (String client : Subject.CLIENTS) {
      worst(
          client + " p99 us",
          "%.0f",
          1,
          "latency",
          Metric.P99,
          row -> row.client().equals(client));
    }
    Map<String, String> parameters = results.parameters();
    String limit = parameters.getOrDefault("burst.limit", parameters.getOrDefault("limit", ""));
    if (limit.matches("\\d+")) {
      double share = 1 / Double.parseDouble(limit);
      worst("E(W)/N", "%.2f", share, "burst", Metric.MAX_IN_WINDOW, row -> true);
    }
    for (Metric metric : List.of(Metric.DENIED, Metric.WRONGLY_ALLOWED, Metric.WRONGLY_DENIED)) {
      worst(
          metric.label(),
          "%,.0f",
          1,
          "accuracy",
          metric,
          row -> row.workload().startsWith("replay:"));
    }
    worst("differ", "%.2f%%", 100, "accuracy", Metric.DIFFER, row -> true);
    for (String backend : List.of(Subject.MEMORY, Subject.REDIS)) {
      worst(
          "B/key " + backend,
          "%.0f",
          1,
          "memory",
          Metric.BYTES_PER_KEY,
          row -> row.backend().equals(backend));
    }
  }

  /** Prints the columns for which there is at least one number; nothing if there is none. */
  static void print(PrintWriter out, Results results) {
    new Summary(results).table.print(out);
  }

  /** Ratios first: they hold on another machine, too. */
  private void speed(String place, String client, String ofLimit) {
    ratio(place + " Redis time " + ofLimit, client, Metric.SERVER_CPU, Summary::toLimit);
    ratio("Redis time of best peer", client, Metric.SERVER_CPU, ratio -> !toLimit(ratio));
    ratio(place + " " + ofLimit, client, Metric.OPERATIONS, Summary::toLimit);
    // A peer's client on Redis may still be warming up: then its rate is too low, its time on Redis
    // is not.
    if (client.equals(Measurement.NONE)) {
      ratio("of best peer", client, Metric.OPERATIONS, ratio -> !toLimit(ratio));
    }
    worst(
        place + " op/s",
        "%,.0f",
        1,
        "throughput",
        Metric.OPERATIONS,
        row -> row.client().equals(client)
            && rates(row.algorithm(), Metric.OPERATIONS).anyMatch(row::equals));
  }

  /** Of several workloads the one that the report's first screen shows, too, or else the first. */
  private Stream<Measurement> rates(String algorithm, Metric metric) {
    List<Measurement> all = rows.stream()
        .filter(row -> is(row, "throughput", metric) && row.algorithm().equals(algorithm))
        .toList();
    return all.stream()
        .map(Measurement::workload)
        .min(Comparator.comparing(workload -> !workload.equals(Popularity.ZIPF.id())))
        .stream()
        .flatMap(shown -> all.stream().filter(row -> row.workload().equals(shown)));
  }

  private static boolean toLimit(Ratio ratio) {
    return ratio.to().equals(Subject.CLOCK_READ) || ratio.to().equals(Subject.NO_OP);
  }

  /** The worst of those wanted, with half the width of its interval. */
  private void ratio(String head, String client, Metric metric, Predicate<Ratio> wanted) {
    Comparator<Ratio> smaller = Comparator.comparingDouble(Ratio::value);
    table.column(
        head,
        algorithm -> rates(algorithm, metric)
            .filter(row -> row.client().equals(client))
            .flatMap(row -> row.ratios().stream())
            .filter(wanted)
            .min(metric.better() == Metric.Better.LOWER ? smaller.reversed() : smaller)
            .map(ratio -> String.format(
                Locale.ROOT, "%.2f ±%.2f", ratio.value(), (ratio.high() - ratio.low()) / 2))
            .orElse(TextTable.MISSING));
  }

  /** The largest over all workloads, times a factor. */
  private void worst(
      String head,
      String format,
      double factor,
      String experiment,
      Metric metric,
      Predicate<Measurement> wanted) {
    table.column(
        head,
        algorithm -> rows.stream()
            .filter(row -> is(row, experiment, metric) && row.algorithm().equals(algorithm))
            .filter(wanted)
            .map(Measurement::value)
            .max(Comparator.naturalOrder())
            .map(value -> String.format(Locale.ROOT, format, factor * value))
            .orElse(TextTable.MISSING));
  }

  private static boolean is(Measurement row, String experiment, Metric metric) {
    return metric.is(row) && row.experiment().equals(experiment);
  }
}
