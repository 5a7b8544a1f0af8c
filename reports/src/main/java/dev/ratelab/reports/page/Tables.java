package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tables that are made from nothing but measurements. */
final class Tables {
  private Tables() {}

  /** One metric: a row for each subject, a column for each panel. */
  static Table pivot(String caption, List<Panel> panels) {
    Table.Of<String> table = new Table.Of<String>().text("algorithm", subject -> subject);
    for (Panel panel : panels) {
      Map<String, Measurement> bySubject = new LinkedHashMap<>();
      panel.all().forEach(m -> bySubject.putIfAbsent(Names.subject(m), m));
      boolean grouped = !panel.load().isEmpty();
      table.column(
          new Column(grouped ? panel.place() : "", grouped ? panel.load() : panel.place(), true),
          subject -> Cell.of(bySubject.get(subject)));
    }
    return table.rows(
        caption,
        panels.stream()
            .flatMap(panel -> panel.all().stream())
            .sorted(Algorithms.ORDER)
            .map(Names::subject)
            .distinct()
            .toList());
  }

  /** One experiment: a row for each series, a column for each metric, those that {@link Metric} does not list last. */
  static Table series(String caption, List<Measurement> rows) {
    Map<String, String> shown = new LinkedHashMap<>();
    rows.stream()
        .sorted(Comparator.comparingInt(
            m -> Metric.of(m).map(Metric::ordinal).orElse(Integer.MAX_VALUE)))
        .forEach(m -> shown.put(m.metric(), Names.metric(m)));
    Table.Of<List<Measurement>> table = new Table.Of<List<Measurement>>()
        .text("algorithm", series -> Names.subject(series.get(0)))
        .text("where", series -> Names.place(series.get(0)))
        .text("load", series -> Names.load(series.get(0)));
    shown.forEach((metric, label) -> table.measured(
        label,
        series -> series.stream()
            .filter(m -> m.metric().equals(metric))
            .reduce((one, next) -> next)
            .orElse(null)));
    return table.rows(
        caption,
        ReportedRun.by(m -> List.of(Names.place(m), Names.load(m), Names.subject(m)), rows)
            .values());
  }

  /** The table that loses nothing: one row for each measurement. */
  static Table everything(List<Measurement> measurements) {
    return new Table.Of<Measurement>()
        .text("experiment", Measurement::experiment)
        .text("algorithm", Measurement::algorithm)
        .text("backend", Measurement::backend)
        .text("client", Measurement::client)
        .text("subject", Measurement::subject)
        .text("workload", Measurement::workload)
        .number("threads", m -> Integer.toString(m.threads()))
        .text("metric", Measurement::metric)
        .number("value", m -> Numbers.plain(m.value()))
        .number("low", m -> Numbers.plain(m.low()))
        .number("high", m -> Numbers.plain(m.high()))
        .text("unit", Measurement::unit)
        .number("samples", m -> Long.toString(m.samples()))
        .cell("raw file", m -> Cell.link(m.raw()))
        .rows("Every measurement of this run, in the order measured", measurements);
  }
}
