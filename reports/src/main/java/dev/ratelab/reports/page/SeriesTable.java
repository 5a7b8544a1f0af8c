package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table of one experiment: a row for each series, a column for each metric. */
final class SeriesTable {
  private SeriesTable() {}

  /**
   * Columns for the metrics that occur.
   *
   * @param metrics in the order of the columns; other metrics are left to the table of everything
   */
  static Table of(String caption, List<Measurement> rows, List<String> metrics) {
    List<String> shown = metrics.stream()
        .filter(metric -> rows.stream().anyMatch(m -> m.metric().equals(metric)))
        .toList();
    List<Column> columns = new ArrayList<>(
        List.of(Column.text("algorithm"), Column.text("where"), Column.text("load")));
    shown.forEach(metric -> columns.add(Column.number(Names.metric(metric))));
    List<List<Cell>> cells =
        Run.by(m -> List.of(Names.place(m), Names.load(m), Names.subject(m)), rows)
            .values()
            .stream()
            .map(series -> row(series, shown))
            .toList();
    return new Table(caption, columns, cells);
  }

  private static List<Cell> row(List<Measurement> series, List<String> metrics) {
    Map<String, Measurement> byMetric = new LinkedHashMap<>();
    series.forEach(m -> byMetric.put(m.metric(), m));
    Measurement first = series.get(0);
    List<Cell> row = new ArrayList<>(List.of(
        Cell.of(Names.subject(first)), Cell.of(Names.place(first)), Cell.of(Names.load(first))));
    metrics.forEach(metric -> row.add(Cell.of(byMetric.get(metric))));
    return row;
  }
}
