package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How far instances that borrow are off together. */
final class LeaseErrorPlots {
  private LeaseErrorPlots() {}

  static Chart under(String load, List<LeaseRow> rows) {
    List<Line> lines = LeaseCurves.byTime(rows, Metric.CALLS_PER_DECISION, Metric.UNDER_ADMITTED);
    alone(rows, Metric.UNDER_ADMITTED).ifPresent(lines::add);
    return notAdmitted(load, lines);
  }

  static Chart underByAlgorithm(String load, List<LeaseRow> rows) {
    List<LeaseRow> second = rows.stream().filter(row -> row.micros() == 1e6).toList();
    List<Line> lines = new ArrayList<>();
    ReportedRun.by(LeaseRow::algorithm, second)
        .forEach((algorithm, leased) -> lines.add(new Line(
            algorithm,
            algorithm,
            0,
            false,
            LeaseCurves.points(leased, Metric.CALLS_PER_DECISION, Metric.UNDER_ADMITTED))));
    return notAdmitted(load, lines);
  }

  private static Chart notAdmitted(String load, List<Line> lines) {
    return new Lines(load, calls(lines), new Axis("not admitted", "linear", "share"), lines);
  }

  static Chart excess(String load, List<LeaseRow> rows) {
    List<Line> lines = LeaseCurves.byTime(rows, Metric.CALLS_PER_DECISION, Metric.EXCESS);
    alone(rows, Metric.EXCESS).ifPresent(lines::add);
    int bounds = 0;
    for (List<LeaseRow> time : LeaseCurves.times(rows)) {
      List<double[]> points = time.stream()
          .filter(row -> row.value(Metric.MAX_IN_WINDOW) > 0)
          .map(row -> new double[] {
            row.value(Metric.CALLS_PER_DECISION),
            (row.value(Metric.EXCESS) + 1)
                    * row.value(Metric.BOUND_IN_WINDOW)
                    / row.value(Metric.MAX_IN_WINDOW)
                - 1
          })
          .sorted(Comparator.comparingDouble(point -> point[0]))
          .toList();
      lines.add(new Line("bound, " + LeaseCurves.name(time), "bound", bounds++, false, points));
    }
    return new Lines(load, calls(lines), new Axis("over N, in limits", "linear", "1"), lines);
  }

  private static Axis calls(List<Line> lines) {
    return Axis.of("Redis calls a decision", "1", Line.all(lines, 0));
  }

  /** The mark of who has no lease. */
  private static Optional<Line> alone(List<LeaseRow> rows, Metric metric) {
    return rows.stream()
        .filter(row -> !row.leased())
        .findFirst()
        .map(row -> new Line(row.who(), "over", 0, false, List.of(new double[] {
          row.value(Metric.CALLS_PER_DECISION), row.value(metric)
        })));
  }

  static List<Table> tables(List<LeaseRow> error, String how) {
    return LeaseRow.byLoad(error).entrySet().stream()
        .map(load -> table(load.getKey() + ", " + how, load.getValue()))
        .toList();
  }

  private static Table table(String load, List<LeaseRow> rows) {
    Table.Of<LeaseRow> table = new Table.Of<LeaseRow>();
    if (rows.get(0).simulated()) {
      table.text("algorithm", LeaseRow::algorithm);
    }
    table.text("who", LeaseRow::who);
    Stream.of(
            Metric.CALLS_PER_DECISION,
            Metric.ADMITTED,
            Metric.UNDER_ADMITTED,
            Metric.OVER_ADMITTED,
            Metric.LAPSED,
            Metric.MAX_IN_WINDOW,
            Metric.BOUND_IN_WINDOW,
            Metric.WORST_RATIO)
        .forEach(metric -> table.measured(metric.label(), row -> row.get(metric)));
    return table.rows(
        "Several instances together under %s, beside one central counter asked at the same instants"
            .formatted(load),
        rows);
  }
}
