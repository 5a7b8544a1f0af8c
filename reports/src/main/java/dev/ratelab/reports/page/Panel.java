package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What may stand in one plot: the same place under the same load, and the physical limits measured
 * there.
 *
 * @param measured algorithms and peers, in the pages' order
 * @param limits the limits of this place on as many threads; others say nothing about it
 */
record Panel(String place, String load, List<Measurement> measured, List<Measurement> limits) {

  private static final Pattern UNDER_WAY = Pattern.compile("\\d+-in-flight");

  String title() {
    return load.isEmpty() ? place : place + " · " + load;
  }

  List<Measurement> all() {
    List<Measurement> all = new ArrayList<>(measured);
    all.addAll(limits);
    return all;
  }

  /** Panels of the measurements of one metric. */
  static List<Panel> of(List<Measurement> metric) {
    List<Measurement> limits = metric.stream().filter(Algorithms::isLimit).toList();
    List<Measurement> measured =
        metric.stream().filter(m -> !Algorithms.isLimit(m)).toList();
    List<Panel> panels = new ArrayList<>();
    Map<String, List<Measurement>> groups =
        ReportedRun.by(m -> Names.place(m) + '\n' + Names.load(m), measured);
    groups.values().forEach(rows -> {
      Measurement first = rows.get(0);
      panels.add(new Panel(
          Names.place(first),
          Names.load(first),
          rows,
          limits.stream().filter(limit -> isFor(first, limit)).toList()));
    });
    // A run that was stopped early may have nothing but limits.
    ReportedRun.by(
            m -> Names.place(m) + '\n' + m.threads(),
            limits.stream()
                .filter(limit -> measured.stream().noneMatch(row -> isFor(row, limit)))
                .toList())
        .values()
        .forEach(alone -> {
          Measurement first = alone.get(0);
          panels.add(
              new Panel(Names.place(first), Names.threads(first.threads()), List.of(), alone));
        });
    return panels;
  }

  /** A limit that has no place, such as HTTP without a decision, is one for all places. */
  static boolean isFor(Measurement row, Measurement limit) {
    String place = Names.place(limit);
    return (place.equals(Measurement.NONE) || place.equals(Names.place(row)))
        && limit.threads() == row.threads()
        && underWay(limit).equals(underWay(row));
  }

  /** How many calls were under way, where that was not what it usually is. */
  private static String underWay(Measurement m) {
    Matcher found = UNDER_WAY.matcher(m.workload());
    return found.find() ? found.group() : "";
  }
}
