package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import java.util.List;

/** The table that loses nothing: one row for each measurement, in the order measured. */
final class EveryMeasurement {
  private static final List<Column> COLUMNS = List.of(
      Column.text("experiment"),
      Column.text("algorithm"),
      Column.text("backend"),
      Column.text("client"),
      Column.text("subject"),
      Column.text("workload"),
      Column.number("threads"),
      Column.text("metric"),
      Column.number("value"),
      Column.number("low"),
      Column.number("high"),
      Column.text("unit"),
      Column.number("samples"),
      Column.text("raw file"));

  private EveryMeasurement() {}

  static Table table(Results results) {
    return new Table(
        "Every measurement of this run, in the order measured",
        COLUMNS,
        results.measurements().stream().map(EveryMeasurement::row).toList());
  }

  private static List<Cell> row(Measurement m) {
    return List.of(
        Cell.of(m.experiment()),
        Cell.of(m.algorithm()),
        Cell.of(m.backend()),
        Cell.of(m.client()),
        Cell.of(m.subject()),
        Cell.of(m.workload()),
        Cell.of(Integer.toString(m.threads())),
        Cell.of(m.metric()),
        Cell.of(Numbers.plain(m.value())),
        Cell.of(Numbers.plain(m.low())),
        Cell.of(Numbers.plain(m.high())),
        Cell.of(m.unit()),
        Cell.of(Long.toString(m.samples())),
        Cell.link(m.raw()));
  }
}
