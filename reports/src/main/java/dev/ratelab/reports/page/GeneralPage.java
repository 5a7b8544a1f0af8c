package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Pages made from nothing but the rows: for experiments that need no plot of their own, and for those not known. */
final class GeneralPage {
  private GeneralPage() {}

  /** What one more key costs. */
  static Section memory(ReportedRun run) {
    List<Panel> panels = Panel.of(run.metric("memory", Metric.BYTES_PER_KEY));
    Axis axis = new Axis("bytes per key", "linear", "B");
    return new Section(
        "memory",
        "Memory",
        "What does it keep?",
        "The bytes that one more live key takes, its own name and expiry included.",
        List.of(new Figure(
            "Bytes per key",
            "Shorter is better. In memory it is the heap that grows, its share of the tables included; in Redis what the server itself"
                + " reports, without 16 to 32 bytes a key for its tables.",
            panels.stream().map(panel -> Bars.of(panel, axis)).toList())),
        List.of(Tables.pivot("Bytes per key", panels)));
  }

  /** What Redis itself is asked to do. */
  static Section redisCost(ReportedRun run) throws IOException {
    return section(
        run,
        "redis-cost",
        "Redis cost",
        "What does it cost Redis?",
        "What one decision asks of Redis: the one resource that all clients share and that cannot be had twice. Its own"
            + " counters are read before and after, so nothing of the client is in these numbers.");
  }

  static Section scaling(ReportedRun run) throws IOException {
    return section(
        run,
        "scaling",
        "Scaling",
        "How does it grow?",
        "The same decisions with more threads and with more keys. A line that climbs as steeply as the number of threads"
            + " scales; one that is flat over the number of keys pays nothing for another one.");
  }

  static Section http(ReportedRun run) throws IOException {
    return section(
        run,
        "http",
        "HTTP",
        "As a service over HTTP?",
        "The server from end to end under scheduled arrivals, next to one that answers without deciding: what is between"
            + " the two is the limiter's, the rest is HTTP.");
  }

  /** An experiment that no page was written for. */
  static Section unknown(ReportedRun run, String experiment) throws IOException {
    String id = "x-" + experiment.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String name = Names.sentence(experiment.replace('-', ' '));
    Section page =
        section(run, experiment, name, name, "What the run has of it, as it was measured.");
    return new Section(id, name, name, page.lead(), page.figures(), page.tables());
  }

  /** A section with plots for the metrics that its page does not know. */
  static Section completed(Section section, ReportedRun run) {
    return section.and(figures(run.experiment(section.id()).stream()
        .filter(m -> Metric.of(m).isEmpty())
        .toList()));
  }

  private static Section section(
      ReportedRun run, String experiment, String name, String title, String lead)
      throws IOException {
    List<Measurement> rows = run.experiment(experiment);
    Figure spectra = LatencyPage.spectra(run, experiment);
    List<Measurement> rest = rows.stream()
        .filter(m -> spectra.charts().isEmpty()
            || Metric.of(m)
                .filter(metric -> metric.experiments().contains(LatencyPage.ID))
                .isEmpty())
        .toList();
    Table table = Tables.series("All that was measured, with 95 % intervals", rows);
    return new Section(experiment, name, title, lead, List.of(spectra), List.of(table))
        .and(figures(rest));
  }

  /** Plots for rows of any metrics. */
  static List<Figure> figures(List<Measurement> rows) {
    List<Figure> figures = new ArrayList<>();
    ReportedRun.by(m -> m.metric() + '\n' + m.unit(), rows).values().stream()
        // Where all is zero, as errors should be, the table says it.
        .filter(metric -> metric.stream().anyMatch(m -> m.value() != 0))
        .forEach(metric -> figures.addAll(Sweep.figures(
            Names.sentence(Names.metric(metric.get(0))),
            "The thin line at a value is its 95 % interval: where two overlap, the run does not tell them apart.",
            metric)));
    return figures;
  }
}
