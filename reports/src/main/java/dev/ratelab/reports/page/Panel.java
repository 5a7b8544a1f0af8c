package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What may stand in one plot: the same place under the same load, and the physical limits measured
 * there.
 *
 * @param place the backend and its client
 * @param load the workload and the threads
 * @param measured algorithms and peers, in the pages' order
 * @param limits the limits of this place, on as many threads if there are such
 */
record Panel(String place, String load, List<Measurement> measured, List<Measurement> limits) {

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
    List<Measurement> limits =
        metric.stream().filter(m -> m.subject().equals(Measurement.LIMIT)).toList();
    List<Measurement> measured =
        metric.stream().filter(m -> !m.subject().equals(Measurement.LIMIT)).toList();
    List<Panel> panels = new ArrayList<>();
    Map<String, List<Measurement>> groups =
        Run.by(m -> Names.place(m) + '\n' + Names.load(m), measured);
    groups.values().forEach(rows -> {
      Measurement first = rows.get(0);
      panels.add(new Panel(Names.place(first), Names.load(first), rows, limitsFor(first, limits)));
    });
    return panels;
  }

  private static List<Measurement> limitsFor(Measurement row, List<Measurement> limits) {
    List<Measurement> here =
        limits.stream().filter(m -> Names.place(m).equals(Names.place(row))).toList();
    List<Measurement> sameThreads =
        here.stream().filter(m -> m.threads() == row.threads()).toList();
    return sameThreads.isEmpty() ? here : sameThreads;
  }
}
