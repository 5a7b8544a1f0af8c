package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ratelab against what no limiter can beat: each of its numbers over those of the physical limits of its place. */
final class LimitRatios {
  private record Compared(String experiment, Metric metric) {}

  private static final List<Compared> METRICS = List.of(
      new Compared("throughput", Metric.OPERATIONS),
      new Compared("latency", Metric.P50),
      new Compared("latency", Metric.P99),
      new Compared("redis-cost", Metric.SCRIPT_TIME),
      new Compared("redis-cost", Metric.CPU_PER_DECISION),
      new Compared("memory", Metric.BYTES_PER_KEY),
      new Compared("http", Metric.P50),
      new Compared("http", Metric.P99),
      new Compared("http", Metric.SLO_RATE));

  private LimitRatios() {}

  /** Empty if the run has no number beside a limit's. */
  static Optional<Table> table(ReportedRun run) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Compared compared : METRICS) {
      List<Measurement> all = run.metric(compared.experiment, compared.metric);
      List<Measurement> limits =
          all.stream().filter(m -> m.subject().equals(Measurement.LIMIT)).toList();
      for (Measurement ours : all) {
        if (ours.subject().equals(Measurement.RATELAB)) {
          limits.stream()
              .filter(limit -> isOver(ours, limit))
              .forEach(limit -> rows.add(row(ours, limit)));
        }
      }
    }
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(new Table(
            "Ratelab over the physical limits",
            List.of(
                Column.text("metric"),
                Column.text("algorithm"),
                Column.text("where"),
                Column.text("load"),
                Column.number("Ratelab's"),
                Column.text("limit"),
                Column.number("its value"),
                Column.number("Ratelab / limit")),
            rows));
  }

  // A server that decides nothing is the limit of every backend behind it.
  private static boolean isOver(Measurement ours, Measurement limit) {
    return Panel.isFor(ours, limit)
        || (limit.backend().equals(Measurement.NONE) && limit.threads() == ours.threads());
  }

  private static List<Cell> row(Measurement ours, Measurement limit) {
    return List.of(
        Cell.of(ours.experiment() + ", " + Names.metric(ours)),
        Cell.of(Names.subject(ours)),
        Cell.of(Names.place(ours)),
        Cell.of(Names.load(ours)),
        Cell.of(ours),
        Cell.of(limit.workload()),
        Cell.of(limit),
        Ratio.of(ours, limit)
            .map(ratio -> Cell.of(
                Numbers.times(ratio.value()), Ratio.meet(ours, limit) ? "not told apart" : ""))
            .orElse(Cell.of("–")));
  }
}
