package dev.ratelab.cli;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import dev.ratelab.verification.suite.Suite;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What was verified: a line for each property, a column for each implementation, in how many cases it held. */
final class PropertyTable {
  private static final String UNTRIED = "-";

  private PropertyTable() {}

  /**
   * Prints the table and the counterexamples' files; nothing if nothing was verified.
   *
   * @param directory where the results are
   */
  static void print(PrintWriter out, Results results, Path directory) {
    List<String> columns = new ArrayList<>();
    Map<String, Map<String, List<Measurement>>> rows = new LinkedHashMap<>();
    for (Measurement row : results.measurements()) {
      if (row.experiment().equals(Suite.EXPERIMENT)) {
        String column = implementation(row);
        if (!columns.contains(column)) {
          columns.add(column);
        }
        rows.computeIfAbsent(row.workload(), property -> new LinkedHashMap<>())
            .computeIfAbsent(column, implementation -> new ArrayList<>())
            .add(row);
      }
    }
    if (rows.isEmpty()) {
      return;
    }
    List<List<String>> table = new ArrayList<>();
    table.add(Stream.concat(Stream.of("property"), rows.keySet().stream()).toList());
    for (String column : columns) {
      table.add(Stream.concat(
              Stream.of(column),
              rows.values().stream().map(cells -> cell(cells.getOrDefault(column, List.of()))))
          .toList());
    }
    TextTable.print(out, table);
    results
        .notices(Notice.Kind.UNTRIED)
        .forEach(notice -> out.println(UNTRIED + " " + notice.text()));
    for (Measurement row : results.measurements()) {
      if (row.experiment().equals(Suite.EXPERIMENT) && row.raw() != null) {
        out.println("BROKEN %s, %s, %s: %s"
            .formatted(
                row.workload(),
                row.algorithm(),
                implementation(row),
                directory.resolve(row.raw())));
      }
    }
  }

  private static String implementation(Measurement row) {
    if (row.client().equals(Measurement.NONE)) {
      return row.backend();
    }
    return row.backend().equals(Measurement.NONE)
        ? row.client()
        : row.backend() + " over " + row.client();
  }

  private static String cell(List<Measurement> algorithms) {
    if (algorithms.isEmpty()) {
      return UNTRIED;
    }
    return algorithms.stream().anyMatch(row -> row.value() < 1)
        ? "BROKEN"
        : String.format(
            Locale.ROOT,
            "%,d",
            algorithms.stream().mapToLong(Measurement::samples).sum());
  }
}
