package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Spot;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** How far the simulator is to be believed: what it says of small loads, beside what a real Redis showed. */
final class ValidationFigure {
  static final String EXPERIMENT = "simulation-validation";

  private ValidationFigure() {}

  /** A chart for each metric, a mark for each setting. */
  static Figure of(List<Measurement> rows) {
    List<Chart.Designs> charts = new ArrayList<>();
    for (Metric metric : List.of(
        Metric.ADMITTED,
        Metric.OVER_ADMITTED,
        Metric.UNDER_ADMITTED,
        Metric.EXCESS,
        Metric.CALLS_PER_DECISION,
        Metric.LAPSED)) {
      List<Spot> spots = new ArrayList<>();
      for (List<Measurement> setting : ReportedRun.by(
              m -> List.of(m.algorithm(), m.workload()),
              rows.stream().filter(metric::is).toList())
          .values()) {
        for (Measurement measured : setting) {
          setting.stream()
              .filter(m -> m.backend().equals(Measurement.SIMULATED))
              .filter(simulated -> !measured.backend().equals(Measurement.SIMULATED))
              .forEach(simulated -> spots.add(pair(simulated, measured)));
        }
      }
      if (!spots.isEmpty()) {
        List<Double> values =
            spots.stream().flatMap(spot -> Stream.of(spot.x(), spot.y())).toList();
        charts.add(new Chart.Designs(
            Names.sentence(metric.label()),
            axis(metric, values, "simulated"),
            axis(metric, values, "measured"),
            true,
            spots));
      }
    }
    return new Figure(
        "Simulated against measured",
        "A mark is a small load that a real Redis was given and the simulator, too. On the dashed line both are equal; the thin"
            + " line at a mark is the 95 % interval of what was measured.",
        charts);
  }

  private static Axis axis(Metric metric, List<Double> values, String name) {
    return Axis.of(name, metric.unit(), values.stream().mapToDouble(value -> value));
  }

  private static Spot pair(Measurement simulated, Measurement measured) {
    int blank = measured.workload().lastIndexOf(' ');
    DesignName design = DesignName.of(measured.workload().substring(blank + 1));
    return new Spot(
        design.name(),
        simulated.value(),
        measured.value(),
        measured.low(),
        measured.high(),
        Stream.of(
                design.parameters(),
                measured.workload().substring(0, Math.max(0, blank)),
                "measured: %s %s".formatted(Numbers.value(measured), Numbers.interval(measured)),
                "simulated: %s %s".formatted(Numbers.value(simulated), Numbers.interval(simulated)))
            .map(String::strip)
            .filter(fact -> !fact.isEmpty())
            .toList());
  }
}
