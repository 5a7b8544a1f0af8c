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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The arrival curve: the most that was let through in any interval of a length. */
final class BurstPage {
  static final String ID = "burst";
  private static final String NAME = "Bursts";
  private static final String TITLE = "How much gets through?";

  private BurstPage() {}

  static Section section(ReportedRun run) throws IOException {
    List<Measurement> rows = run.experiment(ID);
    if (rows.isEmpty()) {
      return Section.absent(ID, NAME, TITLE);
    }
    List<Figure> figures = new ArrayList<>(together(run).stream().toList());
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
      if (!charts.isEmpty()) {
        figures.add(new Figure(
            "Arrival curves, " + Names.place(place.get(0)),
            "At each interval length τ, the most that one key got through in any interval that long: an instant"
                + " at the left, whole windows at the right. The dashed line is the most that the algorithm can"
                + " let through; a curve above it would be an error.",
            false,
            charts));
      }
    }
    return new Section(
        ID,
        NAME,
        TITLE,
        "A limit of N per window W can still let through more than N in some interval of length W. The arrival curve"
            + " E(τ) shows how much for every length at once, under arrivals that search for the worst and under"
            + " random (Poisson) ones.",
        figures,
        List.of(SeriesTable.of("What one window W let through at most", rows)));
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
  private static Optional<Figure> together(ReportedRun run) throws IOException {
    List<Measurement> rows = run.metric(ID, Metric.MAX_IN_WINDOW).stream()
        .filter(m -> m.workload().equals("adversarial"))
        .toList();
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    String place = Names.place(rows.get(0));
    OptionalDouble window = run.parameter(ID, "window_us");
    List<Line> lines = new ArrayList<>();
    Map<String, Integer> variants = new HashMap<>();
    for (Measurement m : rows) {
      if (Names.place(m).equals(place)) {
        // Three windows show all there is to see; the rest repeats it.
        List<double[]> points = curve(run, m, "measured").stream()
            .filter(point -> window.isEmpty() || point[0] <= 3)
            .toList();
        if (!points.isEmpty()) {
          int variant = variants.merge(Names.style(m), 1, Integer::sum) - 1;
          lines.add(new Line(Names.subject(m), Names.style(m), variant, true, points));
        }
      }
    }
    return lines.isEmpty()
        ? Optional.empty()
        : Optional.of(new Figure(
            "What gets through at worst (" + place + ")",
            "For any interval of length τ, the most that one key got through under arrivals that search for the"
                + " worst, as a multiple of the limit N. Lower is stricter; where curves coincide, the narrower one"
                + " lies on the wider.",
            true,
            List.of(new Lines(
                "Arrival curves of all algorithms",
                timeAxis(run, List.of()),
                permitsAxis(run, List.of()),
                lines))));
  }

  private static List<Line> lines(ReportedRun run, List<Measurement> algorithm) throws IOException {
    List<Line> lines = new ArrayList<>();
    int variant = 0;
    for (Measurement m : algorithm) {
      List<double[]> bound = lines.isEmpty() ? curve(run, m, "bound") : List.of();
      if (!bound.isEmpty()) {
        lines.add(new Line("bound", "bound", 0, true, bound));
      }
      List<double[]> points = curve(run, m, "measured");
      if (!points.isEmpty()) {
        lines.add(new Line(m.workload(), Names.style(m), variant++, true, points));
      }
      // On a real clock an instant is known from and to: beside what was certain, what may have
      // been.
      List<double[]> possible =
          m.workload().endsWith("real-clock") ? curve(run, m, "possible") : List.of();
      if (!possible.isEmpty()) {
        lines.add(new Line(m.workload() + ", possibly", Names.style(m), variant++, true, possible));
      }
    }
    return lines;
  }

  /** A curve in windows and limits, empty if its raw file has none. */
  private static List<double[]> curve(ReportedRun run, Measurement m, String column)
      throws IOException {
    double window = run.parameter(ID, "window_us").orElse(1);
    double limit = run.parameter(ID, "limit").orElse(1);
    return run.raw(m.raw(), "tau_us", column)
        .map(rows -> Curve.of(rows.stream()
            .filter(row -> row[0] > 0 && row[1] > 0)
            .map(row -> new double[] {row[0] / window, row[1] / limit})
            .toList()))
        .orElse(List.of());
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
