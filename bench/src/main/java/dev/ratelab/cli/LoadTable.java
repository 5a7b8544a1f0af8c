package dev.ratelab.cli;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.Unit;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
    Map<String, Map<String, Measurement>> rows = new LinkedHashMap<>();
    for (Measurement row : results.measurements()) {
      if (row.experiment().equals(EXPERIMENT)) {
        rows.computeIfAbsent(who(row), who -> new LinkedHashMap<>()).put(row.metric(), row);
      }
    }
    if (!rows.isEmpty()) {
      table(out, rows);
    }
    results.notices(Notice.Kind.WARNING).stream()
        .filter(warning -> warning.name().startsWith(EXPERIMENT + "_"))
        .forEach(warning -> out.println("Warning: " + warning.text()));
  }

  private static void table(PrintWriter out, Map<String, Map<String, Measurement>> rows) {
    List<List<String>> columns = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of("loaded"));
    names.addAll(rows.keySet());
    columns.add(names);
    for (Metric metric : METRICS) {
      if (rows.values().stream().anyMatch(row -> row.containsKey(metric.id()))) {
        List<String> column = new ArrayList<>(List.of(head(metric)));
        rows.values().forEach(row -> column.add(cell(row.get(metric.id()))));
        columns.add(column);
      }
    }
    TextTable.print(out, columns);
  }

  private static String who(Measurement row) {
    return switch (row.subject()) {
      case Measurement.LIMIT -> "limit: " + row.workload();
      case Measurement.RATELAB ->
        row.algorithm() + ", " + row.backend()
            + (row.client().equals(Measurement.NONE) ? "" : " over " + row.client());
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

  private static String cell(@Nullable Measurement row) {
    if (row == null) {
      return "-";
    }
    return switch (Unit.of(row).orElse(Unit.PER_SECOND)) {
      case MICROSECONDS -> String.format(Locale.ROOT, "%.3f", row.value() / 1e3);
      case SHARE -> String.format(Locale.ROOT, "%.2f%%", 100 * row.value());
      default -> String.format(Locale.ROOT, "%,.0f", row.value());
    };
  }
}
