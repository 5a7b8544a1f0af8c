package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How long a decision takes under a load that does not wait for it. */
final class LatencyPage {
  static final String ID = "latency";

  private LatencyPage() {}

  static Section section(ReportedRun run) throws IOException {
    return new Section(
        ID,
        "Latency",
        "How long does a caller wait?",
        "Response time in an open loop: arrivals are scheduled in advance, and the time counts from the"
            + " scheduled moment, so a stall is charged to every request that had to wait for it.",
        List.of(spectra(run, ID)),
        List.of(Tables.series(
            "Percentiles with 95 % intervals, and the load they were taken under",
            run.experiment(ID))));
  }

  /** The whole distribution of each; without a plot if no spectrum was kept. */
  static Figure spectra(ReportedRun run, String experiment) throws IOException {
    Map<Panel, List<Line>> spectra = new LinkedHashMap<>();
    for (Panel panel : Panel.of(run.metric(experiment, Metric.P99))) {
      List<Line> lines = lines(run, panel);
      if (!lines.isEmpty()) {
        spectra.put(panel, lines);
      }
    }
    List<Line> all = spectra.values().stream().flatMap(List::stream).toList();
    Axis percentile = new Axis("percentile of requests", "percentile", "1");
    Axis latency = Axis.of("latency", "us", Line.all(all, 1));
    List<Chart> charts = new ArrayList<>();
    spectra.forEach(
        (panel, lines) -> charts.add(new Lines(panel.title(), percentile, latency, lines)));
    return new Figure(
        "Latency spectrum",
        "Lower is better. Each step to the right along the axis leaves a tenth of the requests: at 99 % one"
            + " request in a hundred takes at least as long. Dashed grey lines are physical limits of this"
            + " machine under the same load.",
        charts);
  }

  private static List<Line> lines(ReportedRun run, Panel panel) throws IOException {
    Map<Measurement, List<double[]>> curves = new LinkedHashMap<>();
    for (Measurement m : panel.all()) {
      // The 100th percentile lies at infinity on this axis; the table has it as the maximum.
      curves.put(
          m,
          Curve.of(run.raw(m.raw(), "percentile", "value_us").stream()
              .filter(point -> point[0] >= 0 && point[0] < 100 && point[1] > 0)
              .map(point -> new double[] {100 / (100 - point[0]), point[1]})
              .toList()));
    }
    return Line.of(curves, false);
  }
}
