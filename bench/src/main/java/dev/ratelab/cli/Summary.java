package dev.ratelab.cli;

import dev.ratelab.bench.Subject;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;

/** The shortest useful account of a run: a line for each algorithm, a column for each question that was measured. */
final class Summary {
  private static final String MISSING = "-";

  private final List<Measurement> rows;
  private final OptionalDouble permits;

  private Summary(Results results) {
    rows = results.measurements();
    String limit = results
        .parameters()
        .getOrDefault("burst.limit", results.parameters().getOrDefault("limit", ""));
    permits = limit.matches("\\d+")
        ? OptionalDouble.of(Double.parseDouble(limit))
        : OptionalDouble.empty();
  }

  /** Prints the columns for which there is at least one number; nothing if there is none. */
  static void print(PrintWriter out, Results results) {
    Summary summary = new Summary(results);
    List<List<String>> columns = new ArrayList<>();
    columns.add(column("algorithm", id -> id));
    for (List<String> column : summary.columns()) {
      if (column.stream().skip(1).anyMatch(cell -> !cell.equals(MISSING))) {
        columns.add(column);
      }
    }
    if (columns.size() > 1) {
      TextTable.print(out, columns);
    }
  }

  private List<List<String>> columns() {
    List<List<String>> columns = new ArrayList<>();
    speed(columns, "memory", Measurement.NONE, "of clock");
    for (String client : Subject.CLIENTS) {
      speed(columns, client, client, "of no-op");
    }
    columns.add(column(
        "memory p99 us",
        id -> number(
            "%.2f",
            max(row ->
                is(row, "latency", id, Metric.P99) && row.backend().equals(Subject.MEMORY)))));
    for (String client : Subject.CLIENTS) {
      columns.add(column(
          client + " p99 us",
          id -> number(
              "%.0f",
              max(row -> is(row, "latency", id, Metric.P99) && row.client().equals(client)))));
    }
    columns.add(column("E(W)/N", this::burst));
    if (rows.stream().anyMatch(Summary::isReplay)) {
      columns.add(column("denied", id -> replayed(id, Metric.DENIED)));
      columns.add(column("wrongly allowed", id -> replayed(id, Metric.WRONGLY_ALLOWED)));
      columns.add(column("wrongly denied", id -> replayed(id, Metric.WRONGLY_DENIED)));
    }
    columns.add(column(
        "differ",
        id -> number("%.2f%%", scaled(100, max(row -> is(row, "accuracy", id, Metric.DIFFER))))));
    for (String backend : List.of(Subject.MEMORY, Subject.REDIS)) {
      columns.add(column(
          "B/key " + backend,
          id -> number(
              "%.0f",
              max(row ->
                  is(row, "memory", id, Metric.BYTES_PER_KEY) && row.backend().equals(backend)))));
    }
    return columns;
  }

  private static List<String> column(String head, Function<String, String> cell) {
    List<String> column = new ArrayList<>(List.of(head));
    Arrays.stream(Algorithm.values()).map(Algorithm::id).map(cell).forEach(column::add);
    return column;
  }

  private String rate(String id, String client) {
    return number("%,.0f", max(row -> isRate(row, id) && row.client().equals(client)));
  }

  /** Of several workloads the one that the report's first screen shows, too. */
  private boolean isRate(Measurement row, String id) {
    String usual = Popularity.ZIPF.id();
    return is(row, "throughput", id, Metric.OPERATIONS)
        && (row.workload().equals(usual)
            || rows.stream()
                .noneMatch(other -> is(other, "throughput", id, Metric.OPERATIONS)
                    && other.workload().equals(usual)));
  }

  /** Ratios first: they hold on another machine, too. */
  private void speed(List<List<String>> columns, String place, String client, String ofLimit) {
    columns.add(column(place + " " + ofLimit, id -> ratio(id, client, Summary::toLimit)));
    columns.add(column("of best peer", id -> ratio(id, client, ratio -> !toLimit(ratio))));
    columns.add(column(place + " op/s", id -> rate(id, client)));
  }

  private static boolean toLimit(Ratio ratio) {
    return ratio.to().equals(Subject.CLOCK_READ) || ratio.to().equals(Subject.NO_OP);
  }

  /** The smallest of those wanted, with half the width of its interval. */
  private String ratio(String id, String client, Predicate<Ratio> wanted) {
    return rows.stream()
        .filter(row -> isRate(row, id) && row.client().equals(client))
        .flatMap(row -> row.ratios().stream())
        .filter(wanted)
        .min(Comparator.comparingDouble(Ratio::value))
        .map(ratio -> String.format(
            Locale.ROOT, "%.2f ±%.2f", ratio.value(), (ratio.high() - ratio.low()) / 2))
        .orElse(MISSING);
  }

  private static boolean isReplay(Measurement row) {
    return row.experiment().equals("accuracy") && row.workload().startsWith("replay:");
  }

  private String replayed(String id, Metric metric) {
    return number("%,.0f", max(row -> isReplay(row) && is(row, "accuracy", id, metric)));
  }

  private String burst(String id) {
    OptionalDouble most = max(row -> is(row, "burst", id, Metric.MAX_IN_WINDOW));
    return permits.isPresent() ? number("%.2f", scaled(1 / permits.getAsDouble(), most)) : MISSING;
  }

  private static boolean is(Measurement row, String experiment, String algorithm, Metric metric) {
    return metric.is(row)
        && row.experiment().equals(experiment)
        && row.algorithm().equals(algorithm)
        && row.subject().equals(Measurement.RATELAB);
  }

  // The worst over all workloads; where there is one workload, its number.
  private OptionalDouble max(Predicate<Measurement> wanted) {
    return rows.stream().filter(wanted).mapToDouble(Measurement::value).max();
  }

  private static OptionalDouble scaled(double factor, OptionalDouble number) {
    return number.isPresent() ? DoubleStream.of(factor * number.getAsDouble()).max() : number;
  }

  private static String number(String format, OptionalDouble number) {
    return number.isPresent() ? String.format(Locale.ROOT, format, number.getAsDouble()) : MISSING;
  }
}
