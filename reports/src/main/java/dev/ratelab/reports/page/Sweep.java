package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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
    return List.of(
        byThreads(title + " by threads", reading, rest),
        curves(
            title + " by size",
            reading,
            "",
            rest,
            m -> List.of(Names.place(m), words(m), Integer.toString(m.threads())),
            Sweep::number),
        bars(title, reading, rest));
  }

  /** Curves where threads were varied; what it draws it takes out of the rows. */
  static Figure byThreads(String title, String reading, List<Measurement> rows) {
    return curves(
        title,
        reading,
        "threads",
        rows,
        m -> List.of(Names.place(m), m.workload()),
        Measurement::threads);
  }

  static Figure bars(String title, String reading, List<Measurement> metric) {
    // One kind of scale for a place; between places lie decades that no plot needs to span.
    List<Chart> charts = new ArrayList<>();
    for (Panel panel : Panel.of(metric)) {
      charts.add(Bars.of(panel, axis(metric, m -> Names.place(m).equals(panel.place()))));
    }
    return new Figure(title, reading, charts);
  }

  private static Axis axis(Collection<Measurement> metric, Predicate<Measurement> wanted) {
    List<Measurement> here = metric.stream().filter(wanted).toList();
    Measurement first = here.get(0);
    return Axis.of(
        Names.metric(first), first.unit(), here.stream().mapToDouble(Measurement::value));
  }

  /** Takes what it draws out of the rows. */
  private static Figure curves(
      String title,
      String reading,
      String varied,
      List<Measurement> rows,
      Function<Measurement, List<String>> group,
      ToIntFunction<Measurement> number) {
    List<Measurement> limits = rows.stream()
        .filter(m -> varied.equals("threads") && Algorithms.isLimit(m))
        .toList();
    List<Measurement> measured = rows.stream()
        .filter(m -> number.applyAsInt(m) >= 0 && !limits.contains(m))
        .toList();
    Map<String, List<Measurement>> panels = new LinkedHashMap<>();
    ReportedRun.by(group, measured).forEach((key, here) -> {
      if (here.stream().mapToInt(number).distinct().count() < LEAST_POINTS) {
        return;
      }
      List<Measurement> all = new ArrayList<>(here);
      limits.stream()
          .filter(limit -> here.stream().anyMatch(row -> Panel.isFor(row, limit)))
          .forEach(all::add);
      String panel = key.stream()
          .limit(2)
          .filter(part -> !part.isEmpty() && !part.equals(Measurement.NONE))
          .collect(Collectors.joining(" · "));
      if (varied.isEmpty() && here.get(0).threads() > 1) {
        panel += ", " + Names.threads(here.get(0).threads());
      }
      panels.put(panel, all);
    });
    Set<Measurement> drawn = new LinkedHashSet<>();
    panels.values().forEach(drawn::addAll);
    rows.removeIf(drawn::contains);
    List<Chart> charts = new ArrayList<>();
    panels.forEach((panel, all) -> {
      List<Line> lines = lines(all, number);
      String name = varied.isEmpty() ? words(all.get(0)) : varied;
      Axis y = axis(drawn, m -> panel.startsWith(Names.place(m)));
      charts.add(new Lines(panel, Axis.of(name, "1", Line.all(lines, 0)), y, lines));
    });
    return new Figure(title, reading, charts);
  }

  private static List<Line> lines(List<Measurement> rows, ToIntFunction<Measurement> number) {
    Map<Measurement, List<double[]>> curves = new LinkedHashMap<>();
    for (List<Measurement> series : ReportedRun.by(Names::subject, rows).values()) {
      curves.put(
          series.get(0),
          series.stream()
              .map(m -> new double[] {number.applyAsInt(m), m.value(), m.low(), m.high()})
              .sorted(Comparator.comparingDouble(point -> point[0]))
              .toList());
    }
    return Line.of(curves, false);
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
