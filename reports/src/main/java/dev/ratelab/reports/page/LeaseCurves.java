package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rows of leases as lines: those of one lease time are one line. */
final class LeaseCurves {
  /** Lease times have the styles of designs, which do not stand on this page: one algorithm's are too much alike. */
  private static final List<String> TOLD_APART = List.of("call", "leases-adaptive", "drop");

  private LeaseCurves() {}

  /** A line for each lease time; against the block where x is null. */
  static List<Line> byTime(List<LeaseRow> rows, @Nullable Metric x, Metric y) {
    List<Line> lines = new ArrayList<>();
    for (List<LeaseRow> time : times(rows)) {
      String style = TOLD_APART.get(lines.size() % TOLD_APART.size());
      lines.add(
          new Line(name(time), style, lines.size() / TOLD_APART.size(), false, points(time, x, y)));
    }
    return lines;
  }

  static List<double[]> points(List<LeaseRow> rows, @Nullable Metric x, Metric y) {
    return rows.stream()
        .map(row -> {
          Measurement m = row.get(y);
          double at = x == null ? row.block() : row.value(x);
          return m == null
              ? new double[] {at, Double.NaN}
              : new double[] {at, m.value(), m.low(), m.high()};
        })
        .filter(point -> Double.isFinite(point[0]) && Double.isFinite(point[1]))
        .sorted(Comparator.comparingDouble(point -> point[0]))
        .toList();
  }

  /** Those with a lease by its time, the one with most blocks first. */
  static List<List<LeaseRow>> times(List<LeaseRow> rows) {
    return ReportedRun.by(
            LeaseRow::micros, rows.stream().filter(LeaseRow::leased).toList())
        .values()
        .stream()
        .sorted(Comparator.comparingInt(time -> -time.size()))
        .toList();
  }

  static String name(List<LeaseRow> time) {
    return "L = " + Numbers.micros(time.get(0).micros());
  }
}
