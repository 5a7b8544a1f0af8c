package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Bar;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.List;

/** How many decisions a second. */
final class ThroughputPage {
  static final String ID = "throughput";
  private static final String NAME = "Throughput";
  private static final String TITLE = "How fast is it, and what does the machine allow?";

  private ThroughputPage() {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = run.metric(ID, Metric.OPERATIONS);
    if (rows.isEmpty()) {
      return Section.absent(ID, NAME, TITLE);
    }
    List<Panel> panels = Panel.of(rows);
    return GeneralPage.completed(
        new Section(
            ID,
            NAME,
            TITLE,
            "Decisions a second in a closed loop: every thread asks again as soon as it has its answer.",
            figures(rows),
            List.of(Pivot.table("Decisions a second, with 95 % intervals", panels))),
        run.experiment(ID).stream().filter(m -> !Metric.OPERATIONS.is(m)).toList());
  }

  /** Bars of each load under as many threads as had a physical limit beside them, then curves where threads were varied. */
  private static List<Figure> figures(List<Measurement> rows) {
    List<Figure> figures = new ArrayList<>();
    Sweep.bars(
            "Decisions a second, and what the machine allows at most",
            "Longer is better. The thin line at a bar's end is the 95 % interval: where two overlap, the run"
                + " does not tell them apart. Hollow bars and dashed lines are physical limits of this machine,"
                + " measured in the same run; no limiter in this place can pass them.",
            widest(rows))
        .ifPresent(figures::add);
    Sweep.byThreads(
            "Decisions a second by threads",
            "Higher is better. A line that climbs as the number of threads does scales; dashed grey lines are"
                + " physical limits.",
            new ArrayList<>(rows))
        .ifPresent(figures::add);
    return figures;
  }

  /** Of each place and workload, the rows with most threads; of the limits, those beside them. */
  private static List<Measurement> widest(List<Measurement> rows) {
    List<Measurement> widest = new ArrayList<>();
    ReportedRun.by(
            m -> Names.place(m) + '\n' + m.workload(),
            rows.stream().filter(m -> !m.subject().equals(Measurement.LIMIT)).toList())
        .values()
        .forEach(load -> {
          int most = load.stream().mapToInt(Measurement::threads).max().orElseThrow();
          load.stream().filter(m -> m.threads() == most).forEach(widest::add);
        });
    List<Measurement> limits = rows.stream()
        .filter(m -> m.subject().equals(Measurement.LIMIT))
        .filter(limit -> rows.stream()
            .filter(m -> !m.subject().equals(Measurement.LIMIT))
            .noneMatch(row -> Panel.isFor(row, limit) && !widest.contains(row)))
        .toList();
    widest.addAll(limits);
    return widest;
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
