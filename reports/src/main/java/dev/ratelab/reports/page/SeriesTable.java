package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A table of one experiment: a row for each series, a column for each metric. */
final class SeriesTable {
  private SeriesTable() {}

  /** Columns for the metrics that occur: in the order of {@link Metric}, then those that it does not list. */
  static Table of(String caption, List<Measurement> rows) {
    Map<String, String> shown = new LinkedHashMap<>();
    rows.stream()
        .sorted(Comparator.comparingInt(
            m -> Metric.of(m).map(Metric::ordinal).orElse(Integer.MAX_VALUE)))
        .forEach(m -> shown.put(m.metric(), Names.metric(m)));
    List<Column> columns = new ArrayList<>(
        List.of(Column.text("algorithm"), Column.text("where"), Column.text("load")));
    shown.values().forEach(label -> columns.add(Column.number(label)));
    List<List<Cell>> cells =
        ReportedRun.by(m -> List.of(Names.place(m), Names.load(m), Names.subject(m)), rows)
            .values()
            .stream()
            .map(series -> row(series, shown.keySet()))
            .toList();
    return new Table(caption, columns, cells);
  }

  private static List<Cell> row(List<Measurement> series, Set<String> metrics) {
    Map<String, Measurement> byMetric = new LinkedHashMap<>();
    series.forEach(m -> byMetric.put(m.metric(), m));
    Measurement first = series.get(0);
    List<Cell> row = new ArrayList<>(List.of(
        Cell.of(Names.subject(first)), Cell.of(Names.place(first)), Cell.of(Names.load(first))));
    metrics.forEach(metric -> row.add(Cell.of(byMetric.get(metric))));
    return row;
  }
}
