package dev.ratelab.cli;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** What was verified: a line for each property, a column for each implementation, in how many cases it held. */
final class PropertyTable {
  private PropertyTable() {}

  /** Prints the table and the counterexamples' files; nothing if nothing was verified. */
  static void print(PrintWriter out, Results results, Path directory) {
    List<Measurement> rows =
        results.measurements().stream().filter(Metric.PROPERTY::is).toList();
    TextTable<String> table =
        new TextTable<>("property", rows.stream().map(Measurement::workload), name -> name);
    rows.stream()
        .map(Measurement::place)
        .distinct()
        .forEach(implementation -> table.column(
            implementation,
            property -> cell(rows.stream()
                .filter(row -> row.workload().equals(property))
                .filter(row -> row.place().equals(implementation))
                .toList())));
    table.print(out);
    if (!rows.isEmpty()) {
      results
          .notices(Notice.Kind.UNTRIED)
          .forEach(notice -> out.println(TextTable.MISSING + " " + notice.text()));
    }
    for (Measurement row : rows) {
      if (row.raw() != null) {
        out.println("BROKEN %s, %s, %s: %s"
            .formatted(row.workload(), row.algorithm(), row.place(), directory.resolve(row.raw())));
      }
    }
  }

  private static String cell(List<Measurement> algorithms) {
    long cases = algorithms.stream().mapToLong(Measurement::samples).sum();
    if (algorithms.isEmpty()) {
      return TextTable.MISSING;
    }
    return algorithms.stream().anyMatch(row -> row.value() < 1)
        ? "BROKEN"
        : String.format(Locale.ROOT, "%,d", cases);
  }
}
