package dev.ratelab.cli;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What was loaded with {@code bench http}: a line for each, and what a reader must know before believing a number. */
final class LoadTable {
  private static final String EXPERIMENT = "http";
  private static final List<Metric> METRICS = List.of(
      Metric.SLO_RATE,
      Metric.RATE,
      Metric.COMPLETED,
      Metric.P50,
      Metric.P90,
      Metric.P99,
      Metric.P99_9,
      Metric.MAX,
      Metric.LATE,
      Metric.ERRORS,
      Metric.TIMEOUTS);

  private LoadTable() {}

  /** Prints the columns for which there is at least one number, and the warnings; nothing if nothing was loaded. */
  static void print(PrintWriter out, Results results) {
    List<Measurement> rows = results.measurements().stream()
        .filter(row -> row.experiment().equals(EXPERIMENT))
        .toList();
    TextTable<String> table =
        new TextTable<>("loaded", rows.stream().map(LoadTable::who), name -> name);
    for (Metric metric : METRICS) {
      table.column(
          head(metric),
          who -> rows.stream()
              .filter(row -> who(row).equals(who) && metric.is(row))
              .findFirst()
              .map(row -> cell(metric, row.value()))
              .orElse(TextTable.MISSING));
    }
    table.print(out);
    results.notices(Notice.Kind.WARNING).stream()
        .filter(warning -> warning.name().startsWith(EXPERIMENT + "_"))
        .forEach(warning -> out.println("Warning: " + warning.text()));
  }

  private static String who(Measurement row) {
    return switch (row.subject()) {
      case Measurement.LIMIT -> "limit: " + row.workload();
      case Measurement.RATELAB -> row.algorithm() + ", " + row.place();
      default -> row.subject();
    };
  }

  private static String head(Metric metric) {
    return switch (metric.unit()) {
      case PER_SECOND -> metric.id() + " 1/s";
      case MICROSECONDS -> metric.id() + " ms";
      default -> metric.id();
    };
  }

  private static String cell(Metric metric, double value) {
    return switch (metric.unit()) {
      case MICROSECONDS -> String.format(Locale.ROOT, "%.3f", value / 1e3);
      case SHARE -> String.format(Locale.ROOT, "%.2f%%", 100 * value);
      default -> String.format(Locale.ROOT, "%,.0f", value);
    };
  }
}
