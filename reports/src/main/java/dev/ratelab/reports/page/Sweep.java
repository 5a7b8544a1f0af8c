package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The plots of one metric, whatever it is: a curve where a number of the load was varied, threads or the
 * whole number in a workload's name such as {@code keys-1000}; bars for the rest.
 */
final class Sweep {
  private static final int LEAST_POINTS = 3;
  private static final Pattern NUMBER = Pattern.compile("(?<![^-_ ])(\\d{1,9})(?![^-_ ])");

  private Sweep() {}

  /** Curves first, then bars. */
  static List<Figure> figures(String title, String reading, List<Measurement> metric) {
    List<Measurement> rest = new ArrayList<>(metric);
    List<Figure> figures = new ArrayList<>();
    byThreads(title + " by threads", reading, rest).ifPresent(figures::add);
    curves(
            title + " by size",
            reading,
            "",
            rest,
            m -> List.of(Names.place(m), words(m), Integer.toString(m.threads())),
            Sweep::number)
        .ifPresent(figures::add);
    bars(title, reading, rest).ifPresent(figures::add);
    return figures;
  }

  /** Curves where threads were varied; what it draws it takes out of the rows. */
  static Optional<Figure> byThreads(String title, String reading, List<Measurement> rows) {
    return curves(
        title,
        reading,
        "threads",
        rows,
        m -> List.of(Names.place(m), m.workload()),
        Measurement::threads);
  }

  static Optional<Figure> bars(String title, String reading, List<Measurement> metric) {
    if (metric.isEmpty()) {
      return Optional.empty();
    }
    List<Chart> charts = new ArrayList<>();
    for (Panel panel : Panel.of(metric)) {
      // One kind of scale for a place; between places lie decades that no plot needs to span.
      Axis axis =
          axis(metric.stream().filter(m -> Names.place(m).equals(panel.place())).toList());
      charts.add(new Bars(
          panel.title(), axis, panel.all().stream().map(ThroughputPage::bar).toList()));
    }
    return Optional.of(new Figure(title, reading, false, charts));
  }

  private static Axis axis(List<Measurement> metric) {
    Measurement first = metric.get(0);
    return Axis.of(
        Names.metric(first), first.unit(), metric.stream().mapToDouble(Measurement::value));
  }

  /** Takes what it draws out of the rows. */
  private static Optional<Figure> curves(
      String title,
      String reading,
      String varied,
      List<Measurement> rows,
      Function<Measurement, List<String>> group,
      ToIntFunction<Measurement> number) {
    List<Measurement> limits = rows.stream()
        .filter(m -> varied.equals("threads") && m.subject().equals(Measurement.LIMIT))
        .toList();
    List<Measurement> measured = rows.stream()
        .filter(m -> number.applyAsInt(m) >= 0 && !limits.contains(m))
        .toList();
    Map<String, List<Line>> panels = new LinkedHashMap<>();
    Set<Measurement> drawn = new HashSet<>();
    Map<String, String> names = new HashMap<>();
    ReportedRun.by(group, measured).forEach((key, here) -> {
      if (here.stream().mapToInt(number).distinct().count() < LEAST_POINTS) {
        return;
      }
      drawn.addAll(here);
      List<Measurement> all = new ArrayList<>(here);
      limits.stream()
          .filter(limit -> here.stream().anyMatch(row -> Panel.isFor(row, limit)))
          .forEach(all::add);
      drawn.addAll(all);
      String panel = key.stream()
          .limit(2)
          .filter(part -> !part.isEmpty() && !part.equals(Measurement.NONE))
          .collect(Collectors.joining(" · "));
      if (varied.isEmpty() && here.get(0).threads() > 1) {
        panel += ", " + Names.threads(here.get(0).threads());
      }
      panels.put(panel, lines(all, number));
      names.put(panel, varied.isEmpty() ? words(here.get(0)) : varied);
    });
    rows.removeIf(drawn::contains);
    if (panels.isEmpty()) {
      return Optional.empty();
    }
    List<Chart> charts = new ArrayList<>();
    panels.forEach((panel, lines) -> charts.add(new Lines(
        panel,
        Axis.of(names.getOrDefault(panel, ""), "1", Line.all(lines, 0)),
        axis(drawn.stream().filter(m -> panel.startsWith(Names.place(m))).toList()),
        lines)));
    return Optional.of(new Figure(title, reading, false, charts));
  }

  private static List<Line> lines(List<Measurement> rows, ToIntFunction<Measurement> number) {
    List<Line> lines = new ArrayList<>();
    Map<String, Integer> variants = new HashMap<>();
    ReportedRun.by(Names::subject, rows).forEach((subject, series) -> {
      String style = Names.style(series.get(0));
      List<double[]> points = series.stream()
          .map(m -> new double[] {number.applyAsInt(m), m.value(), m.low(), m.high()})
          .sorted((a, b) -> Double.compare(a[0], b[0]))
          .toList();
      lines.add(
          new Line(subject, style, variants.merge(style, 1, Integer::sum) - 1, false, points));
    });
    return lines;
  }

  /** The whole number in a workload's name, -1 if there is none. */
  static int number(Measurement m) {
    Matcher found = NUMBER.matcher(m.workload());
    return found.find() ? Integer.parseInt(found.group(1)) : -1;
  }

  /** A workload's name without its number. */
  static String words(Measurement m) {
    return NUMBER
        .matcher(m.workload())
        .replaceFirst("")
        .replaceAll("[-_ ]+", " ")
        .strip();
  }
}
