package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** How fast one instance decides that borrows, beside others that do not. */
final class LeaseSpeedPlots {
  /** What a lease on one hot key is to reach, as a ratio to the others. */
  private static final List<Target> TARGETS =
      List.of(new Target(LeaseRow.MEMORY, 0.5), new Target(LeaseRow.CALLS, 100));

  private record Target(String to, double least) {}

  private LeaseSpeedPlots() {}

  static Chart chart(String load, List<LeaseRow> rows) {
    List<Line> lines = LeaseCurves.byTime(rows, null, Metric.OPERATIONS);
    List<Long> blocks = rows.stream()
        .filter(LeaseRow::leased)
        .map(LeaseRow::block)
        .distinct()
        .sorted()
        .toList();
    int variant = 0;
    for (LeaseRow row : rows) {
      if (!row.leased()) {
        double value = row.value(Metric.OPERATIONS);
        lines.add(new Line(
            row.who(),
            "limit",
            variant++,
            false,
            blocks.stream().map(block -> new double[] {block, value}).toList()));
      }
    }
    return new Lines(
        load,
        Axis.of("block b, permits", "1", Line.all(lines, 0)),
        Axis.of("decisions a second", "1/s", Line.all(lines, 1)),
        lines);
  }

  /** Whether the best lease on one hot key is as fast as it is to be. */
  static Table targets(List<LeaseRow> speed) {
    List<LeaseRow> leased = speed.stream()
        .filter(row -> row.leased() && row.load().startsWith("one-hot-key"))
        .toList();
    record Verdict(LeaseRow best, Target target, Ratio ratio) {
      String met() {
        return ratio.low() >= target.least
            ? "met"
            : ratio.high() < target.least ? "not met" : "not told by this run";
      }
    }
    List<Verdict> verdicts = LeaseRow.byLoad(leased).values().stream()
        .flatMap(load -> TARGETS.stream()
            .flatMap(target -> load.stream()
                .flatMap(row ->
                    row.ratio(target.to).stream().map(ratio -> new Verdict(row, target, ratio)))
                .max(Comparator.comparingDouble(verdict -> verdict.ratio.value()))
                .stream()))
        .toList();
    return new Table.Of<Verdict>()
        .text("load", verdict -> verdict.best.load())
        .text("best", verdict -> verdict.best.who())
        .number(
            "target",
            verdict -> "%s× %s"
                .formatted(Numbers.ratio(verdict.target.least), LeaseRow.title(verdict.target.to)))
        .numberCell("measured", verdict -> cell(Optional.of(verdict.ratio)))
        .text("", Verdict::met)
        .rows("Is a lease on one hot key as fast as it is meant to be?", verdicts);
  }

  static Table table(List<LeaseRow> speed) {
    Table.Of<LeaseRow> table = new Table.Of<LeaseRow>()
        .text("who", LeaseRow::who)
        .text("load", LeaseRow::load)
        .measured("decisions a second", row -> row.get(Metric.OPERATIONS))
        .measured("Redis calls a decision", row -> row.get(Metric.CALLS_PER_DECISION))
        .measured("processor time a decision", row -> row.get(Metric.CPU_PER_DECISION));
    for (String other : List.of(LeaseRow.MEMORY, LeaseRow.CALLS, LeaseRow.BATCHES)) {
      table.column(
          new Column("ratio, turn by turn", "to " + LeaseRow.title(other), true),
          row -> cell(row.ratio(other)));
    }
    return table.rows(
        "One instance in a closed loop, with 95 % intervals",
        LeaseRow.byLoad(speed).values().stream().flatMap(List::stream).toList());
  }

  private static Cell cell(Optional<Ratio> ratio) {
    return ratio
        .map(r -> Cell.of(Numbers.ratio(r.value()) + "×", Numbers.interval(r)))
        .orElse(Cell.of("–"));
  }
}
