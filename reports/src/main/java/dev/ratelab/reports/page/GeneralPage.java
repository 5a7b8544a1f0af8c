package dev.ratelab.reports.page;

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
    String id = experiment.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    String name = Names.sentence(experiment.replace('-', ' '));
    return section(
        run, "x-" + id, experiment, name, name, "What the run has of it, as it was measured.");
  }

  /** A section with plots for the metrics that its page does not know. */
  static Section completed(Section section, ReportedRun run) {
    return completed(
        section,
        run.experiment(section.id()).stream()
            .filter(m -> Metric.of(m).isEmpty())
            .toList());
  }

  /** A section with plots for rows that it does not show by itself. */
  static Section completed(Section section, List<Measurement> rest) {
    if (rest.isEmpty()) {
      return section;
    }
    List<Figure> figures = new ArrayList<>(section.figures());
    figures.addAll(figures(rest));
    return new Section(
        section.id(), section.name(), section.title(), section.lead(), figures, section.tables());
  }

  private static Section section(ReportedRun run, String id, String name, String title, String lead)
      throws IOException {
    return section(run, id, id, name, title, lead);
  }

  private static Section section(
      ReportedRun run, String id, String experiment, String name, String title, String lead)
      throws IOException {
    List<Measurement> rows = run.experiment(experiment);
    if (rows.isEmpty()) {
      return Section.absent(id, name, title);
    }
    List<Figure> figures = new ArrayList<>();
    List<Figure> spectra = LatencyPage.spectra(run, experiment).stream().toList();
    figures.addAll(spectra);
    figures.addAll(figures(rows.stream()
        .filter(
            m -> spectra.isEmpty() || Metric.of(m).filter(LatencyPage::shows).isEmpty())
        .toList()));
    return new Section(
        id,
        name,
        title,
        lead,
        figures,
        List.of(SeriesTable.of("All that was measured, with 95 % intervals", rows)));
  }

  private static List<Figure> figures(List<Measurement> rows) {
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
