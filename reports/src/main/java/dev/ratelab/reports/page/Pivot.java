package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A table of one metric: a row for each subject, a column for each panel. */
final class Pivot {
  private Pivot() {}

  static Table table(String caption, List<Panel> panels) {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.text("algorithm"));
    Map<String, List<Cell>> rows = new LinkedHashMap<>();
    panels.stream()
        .flatMap(panel -> panel.all().stream())
        .sorted(Algorithms.ORDER)
        .forEach(m -> rows.put(Names.subject(m), new ArrayList<>()));
    rows.forEach((subject, cells) -> cells.add(Cell.of(subject)));
    for (Panel panel : panels) {
      columns.add(
          panel.load().isEmpty()
              ? Column.number(panel.place())
              : new Column(panel.place(), panel.load(), true));
      Map<String, Measurement> bySubject = new LinkedHashMap<>();
      panel.all().forEach(m -> bySubject.putIfAbsent(Names.subject(m), m));
      rows.forEach((subject, cells) -> cells.add(Cell.of(bySubject.get(subject))));
    }
    return new Table(caption, columns, List.copyOf(rows.values()));
  }
}
