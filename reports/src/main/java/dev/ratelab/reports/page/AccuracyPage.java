package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Differences;
import dev.ratelab.reports.page.Chart.Wrong;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.List;

/** Where an algorithm's decisions are not those of the exact sliding window log. */
final class AccuracyPage {
  static final String ID = "accuracy";

  private AccuracyPage() {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = run.experiment(ID);
    List<Chart> charts = new ArrayList<>();
    for (Panel panel : Panel.of(run.metric(ID, Metric.DIFFER))) {
      List<Wrong> errors = new ArrayList<>();
      for (Measurement differ : panel.measured()) {
        double requests = value(rows, differ, Metric.REQUESTS);
        if (requests > 0) {
          errors.add(new Wrong(
              Names.subject(differ),
              value(rows, differ, Metric.WRONGLY_DENIED) / requests,
              value(rows, differ, Metric.WRONGLY_ALLOWED) / requests,
              Numbers.value(differ)));
        }
      }
      if (!errors.isEmpty()) {
        charts.add(new Differences(
            panel.title(), new Axis("share of all requests", "linear", "share"), errors));
      }
    }
    return new Section(
        ID,
        "Accuracy",
        "How often is it wrong?",
        "Each decision against that of the exact sliding window log on the same arrivals. That log is the yardstick"
            + " because it is the only one that means literally \"N in any window\"; the others keep other promises,"
            + " so a difference is a cost to know, not a fault.",
        List.of(new Figure(
            "Requests decided differently from the exact log",
            "To the right, requests admitted that the exact log denies; to the left, requests denied that it admits."
                + " The number at the right is their sum. A short bar is close to the exact log.",
            charts)),
        List.of(Tables.series("Decisions compared with the exact log", rows)));
  }

  private static double value(List<Measurement> rows, Measurement differ, Metric metric) {
    return rows.stream()
        .filter(m -> metric.is(m) && m.series().raw(null).equals(differ.series().raw(null)))
        .mapToDouble(Measurement::value)
        .findFirst()
        .orElse(0);
  }
}
