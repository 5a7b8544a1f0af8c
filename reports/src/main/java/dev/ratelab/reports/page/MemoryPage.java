package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.List;

/** What one more key costs. */
final class MemoryPage {
  static final String ID = "memory";
  private static final String NAME = "Memory";
  private static final String TITLE = "What does it keep?";

  private MemoryPage() {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = run.metric(ID, Metric.BYTES_PER_KEY);
    if (rows.isEmpty()) {
      return Section.absent(ID, NAME, TITLE);
    }
    List<Panel> panels = Panel.of(rows);
    List<Chart> charts = new ArrayList<>();
    for (Panel panel : panels) {
      charts.add(new Bars(
          panel.title(),
          new Axis("bytes per key", "linear", "B"),
          panel.all().stream().map(ThroughputPage::bar).toList()));
    }
    return new Section(
        ID,
        NAME,
        TITLE,
        "The bytes that one more live key takes, its own name and expiry included.",
        List.of(new Figure(
            "Bytes per key",
            "Shorter is better. In memory it is the heap that grows, its share of the tables included; in Redis what the server itself"
                + " reports, without 16 to 32 bytes a key for its tables.",
            false,
            charts)),
        List.of(Pivot.table("Bytes per key", panels)));
  }
}
