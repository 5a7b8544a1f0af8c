package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bar;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import java.util.List;

/** How many decisions a second. */
final class Throughput {
  private static final String ID = "throughput";

  private Throughput() {}

  static Section section(Run run) {
    List<Measurement> rows = run.metric(ID, "operations");
    if (rows.isEmpty()) {
      return Section.absent(ID, "Throughput");
    }
    List<Panel> panels = Panel.of(rows);
    return new Section(
        ID,
        "Throughput",
        "Decisions a second in a closed loop: every thread asks again as soon as it has its answer.",
        List.of(new Figure(
            "Decisions a second, and what the machine allows at most",
            "Longer is better. The thin line at a bar's end is the 95 % interval: where two overlap, the run"
                + " does not tell them apart. Hollow bars and dashed lines are physical limits of this machine,"
                + " measured in the same run; no limiter in this place can pass them.",
            false,
            List.copyOf(panels.stream().map(Throughput::bars).toList()))),
        List.of(Pivot.table("Decisions a second, with 95 % intervals", panels)));
  }

  private static Bars bars(Panel panel) {
    return new Bars(
        panel.title(),
        new Axis("decisions a second", "linear", "1/s"),
        panel.all().stream().map(Throughput::bar).toList());
  }

  static Bar bar(Measurement m) {
    return new Bar(
        Names.subject(m),
        Names.style(m),
        m.value(),
        m.low(),
        m.high(),
        Numbers.value(m),
        m.subject().equals(Measurement.LIMIT));
  }
}
