package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How long a decision takes under a load that does not wait for it. */
final class LatencyPage {
  static final String ID = "latency";
  private static final String NAME = "Latency";
  private static final String TITLE = "How long does a caller wait?";

  private LatencyPage() {}

  static Section section(ReportedRun run) throws IOException {
    List<Measurement> rows = run.experiment(ID);
    if (rows.isEmpty()) {
      return Section.absent(ID, NAME, TITLE);
    }
    return new Section(
        ID,
        NAME,
        TITLE,
        "Response time in an open loop: arrivals are scheduled in advance, and the time counts from the"
            + " scheduled moment, so a stall is charged to every request that had to wait for it.",
        spectra(run, ID).stream().toList(),
        List.of(SeriesTable.of(
            "Percentiles with 95 % intervals, and the load they were taken under", rows)));
  }

  /** Whether the spectra show a metric already. */
  static boolean shows(Metric metric) {
    return metric.experiments().contains(ID);
  }

  /** The whole distribution of each; empty if no spectrum was kept. */
  static Optional<Figure> spectra(ReportedRun run, String experiment) throws IOException {
    Map<Panel, List<Line>> spectra = new LinkedHashMap<>();
    for (Panel panel : Panel.of(run.metric(experiment, Metric.P99))) {
      List<Line> lines = lines(run, panel);
      if (!lines.isEmpty()) {
        spectra.put(panel, lines);
      }
    }
    List<Line> all = spectra.values().stream().flatMap(List::stream).toList();
    Axis latency = Axis.of("latency", "us", Line.all(all, 1));
    List<Chart> charts = new ArrayList<>();
    spectra.forEach((panel, lines) -> charts.add(new Lines(
        panel.title(), new Axis("percentile of requests", "percentile", "1"), latency, lines)));
    return charts.isEmpty()
        ? Optional.empty()
        : Optional.of(new Figure(
            "Latency spectrum",
            "Lower is better. Each step to the right along the axis leaves a tenth of the requests: at 99 % one"
                + " request in a hundred takes at least as long. Dashed grey lines are physical limits of this"
                + " machine under the same load.",
            false,
            charts));
  }

  private static List<Line> lines(ReportedRun run, Panel panel) throws IOException {
    List<Line> lines = new ArrayList<>();
    Map<String, Integer> variants = new HashMap<>();
    for (Measurement m : panel.all()) {
      Optional<List<double[]>> spectrum = run.raw(m.raw(), "percentile", "value_us");
      if (spectrum.isEmpty()) {
        continue;
      }
      // The 100th percentile lies at infinity on this axis; the table has it as the maximum.
      List<double[]> points = spectrum.get().stream()
          .filter(point -> point[0] >= 0 && point[0] < 100 && point[1] > 0)
          .map(point -> new double[] {100 / (100 - point[0]), point[1]})
          .toList();
      if (!points.isEmpty()) {
        int variant = variants.merge(Names.style(m), 1, Integer::sum) - 1;
        lines.add(new Line(Names.subject(m), Names.style(m), variant, false, Curve.of(points)));
      }
    }
    return lines;
  }
}
