package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The arrival curve: the most that was let through in any interval of a length. */
final class BurstPage {
  static final String ID = "burst";

  private BurstPage() {}

  static Section section(ReportedRun run) throws IOException {
    List<Measurement> rows = run.experiment(ID);
    List<Figure> figures = new ArrayList<>(List.of(together(run)));
    for (List<Measurement> place :
        ReportedRun.by(Names::place, run.metric(ID, Metric.MAX_IN_WINDOW)).values()) {
      Map<String, List<Line>> curves = new LinkedHashMap<>();
      for (List<Measurement> algorithm : ReportedRun.by(Names::subject, place).values()) {
        List<Line> lines = lines(run, algorithm);
        if (!lines.isEmpty()) {
          curves.put(Names.subject(algorithm.get(0)), lines);
        }
      }
      List<Line> all = curves.values().stream().flatMap(List::stream).toList();
      List<Chart> charts = new ArrayList<>();
      curves.forEach((subject, lines) ->
          charts.add(new Lines(subject, timeAxis(run, all), permitsAxis(run, all), lines)));
      figures.add(new Figure(
          "Arrival curves, " + Names.place(place.get(0)),
          "At each interval length τ, the most that one key got through in any interval that long: an instant"
              + " at the left, whole windows at the right. The dashed line is the most that the algorithm can"
              + " let through, and of a peer the most that it promises; a curve above it would be an error.",
          charts));
    }
    return new Section(
        ID,
        "Bursts",
        "How much gets through?",
        "A limit of N per window W can still let through more than N in some interval of length W. The arrival curve"
            + " E(τ) shows how much for every length at once, under arrivals that search for the worst and under"
            + " random (Poisson) ones.",
        figures,
        List.of(Tables.series("What one window W let through at most", rows)));
  }

  /** For each algorithm and peer, the most that one window let through under adversarial arrivals anywhere. */
  static List<Measurement> worst(ReportedRun run) {
    List<Measurement> adversarial = run.metric(ID, Metric.MAX_IN_WINDOW).stream()
        .filter(m -> m.workload().startsWith("adversarial"))
        .toList();
    return ReportedRun.by(m -> List.of(m.subject(), m.algorithm()), adversarial).values().stream()
        .map(rows -> Collections.max(rows, Comparator.comparingDouble(Measurement::value)))
        .toList();
  }

  /** The worst curve of every algorithm in one plot. */
  private static Figure together(ReportedRun run) throws IOException {
    List<Measurement> rows = run.metric(ID, Metric.MAX_IN_WINDOW).stream()
        .filter(m -> m.workload().equals("adversarial"))
        .toList();
    String place = rows.isEmpty() ? "" : Names.place(rows.get(0));
    boolean windows = run.parameter(ID, "window_us").isPresent();
    Map<Measurement, List<double[]>> curves = new LinkedHashMap<>();
    for (Measurement m : rows) {
      if (Names.place(m).equals(place)) {
        // Three windows show all there is to see; the rest repeats it.
        curves.put(
            m,
            curve(run, m, "measured").stream()
                .filter(point -> !windows || point[0] <= 3)
                .toList());
      }
    }
    List<Line> lines = Line.of(curves, true);
    Axis x = timeAxis(run, List.of());
    Axis y = permitsAxis(run, List.of());
    return new Figure(
        "What gets through at worst (" + place + ")",
        "For any interval of length τ, the most that one key got through under arrivals that search for the"
            + " worst, as a multiple of the limit N. Lower is stricter; where curves coincide, the narrower one"
            + " lies on the wider.",
        true,
        lines.isEmpty()
            ? List.of()
            : List.of(new Lines("Arrival curves of all algorithms", x, y, lines)));
  }

  private static List<Line> lines(ReportedRun run, List<Measurement> algorithm) throws IOException {
    List<Line> lines = new ArrayList<>();
    int variant = 0;
    for (Measurement m : algorithm) {
      if (lines.isEmpty()) {
        add(lines, "bound", "bound", 0, curve(run, m, "bound"));
      }
      if (add(lines, m.workload(), Names.style(m), variant, curve(run, m, "measured"))) {
        variant++;
      }
      // On a real clock an instant is known from and to: beside what was certain, what may have
      // been.
      if (m.workload().endsWith("real-clock")
          && add(
              lines,
              m.workload() + ", possibly",
              Names.style(m),
              variant,
              curve(run, m, "possible"))) {
        variant++;
      }
    }
    return lines;
  }

  private static boolean add(
      List<Line> lines, String name, String style, int variant, List<double[]> points) {
    return !points.isEmpty() && lines.add(new Line(name, style, variant, true, points));
  }

  /** A curve in windows and limits, empty if its raw file has none. */
  private static List<double[]> curve(ReportedRun run, Measurement m, String column)
      throws IOException {
    double window = run.parameter(ID, "window_us").orElse(1);
    double limit = run.parameter(ID, "limit").orElse(1);
    return Curve.of(run.raw(m.raw(), "tau_us", column).stream()
        .filter(row -> row[0] > 0 && row[1] > 0)
        .map(row -> new double[] {row[0] / window, row[1] / limit})
        .toList());
  }

  /** Without lines it is linear: whole windows stand at equal distances. */
  private static Axis timeAxis(ReportedRun run, List<Line> lines) {
    boolean windows = run.parameter(ID, "window_us").isPresent();
    return Axis.of(
        windows ? "interval τ, in windows W" : "interval τ",
        windows ? "1" : "us",
        Line.all(lines, 0));
  }

  private static Axis permitsAxis(ReportedRun run, List<Line> lines) {
    return Axis.of(
        run.parameter(ID, "limit").isPresent()
            ? "admitted E(τ), in limits N"
            : "admitted E(τ), permits",
        "1",
        Line.all(lines, 1));
  }
}
