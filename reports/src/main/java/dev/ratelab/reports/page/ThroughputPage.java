package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** How many decisions a second. */
final class ThroughputPage {
  static final String ID = "throughput";

  private ThroughputPage() {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = run.metric(ID, Metric.OPERATIONS);
    Section page = new Section(
        ID,
        "Throughput",
        "How fast is it, and what does the machine allow?",
        "Decisions a second in a closed loop: every thread asks again as soon as it has its answer.",
        List.of(
            Sweep.bars(
                "Decisions a second, and what the machine allows at most",
                "Longer is better. The thin line at a bar's end is the 95 % interval: where two overlap, the run"
                    + " does not tell them apart. Hollow bars and dashed lines are physical limits of this machine,"
                    + " measured in the same run; no limiter in this place can pass them.",
                widest(rows)),
            Sweep.byThreads(
                "Decisions a second by threads",
                "Higher is better. A line that climbs as the number of threads does scales; dashed grey lines are"
                    + " physical limits.",
                new ArrayList<>(rows))),
        List.of(
            ratios(
                "Redis' processor time a decision: ratios with 95 % intervals, each taken turn by turn. Less is better",
                "processor time", run.metric(ID, Metric.SERVER_CPU)),
            ratios(
                "Decisions a second: ratios with 95 % intervals, each taken turn by turn. More is better",
                "decisions", rows),
            Tables.pivot("Decisions a second, with 95 % intervals", Panel.of(rows))));
    return rows.isEmpty()
        ? page
        : page.and(GeneralPage.figures(
            run.experiment(ID).stream().filter(m -> !Metric.OPERATIONS.is(m)).toList()));
  }

  /** What was measured turn by turn: it holds on another machine, too. */
  private static Table ratios(String caption, String metric, List<Measurement> rows) {
    Set<String> limits = rows.stream()
        .filter(Algorithms::isLimit)
        .map(Measurement::workload)
        .collect(Collectors.toSet());
    return new Table.Of<Measurement>()
        .text("algorithm", Names::subject)
        .text("where", Names::place)
        .text("load", Names::load)
        .numberCell("of the limit", m -> worst(m, ratio -> limits.contains(ratio.to())))
        .numberCell("of the best peer", m -> worst(m, ratio -> !limits.contains(ratio.to())))
        .measured(metric, m -> m)
        .rows(
            caption,
            rows.stream()
                .filter(m -> !m.ratios().isEmpty())
                .sorted(Algorithms.ORDER)
                .toList());
  }

  /** That to the best of those wanted. */
  private static Cell worst(Measurement m, Predicate<Ratio> wanted) {
    Comparator<Ratio> smaller = Comparator.comparingDouble(Ratio::value);
    return m.ratios().stream()
        .filter(wanted)
        .min(Metric.SERVER_CPU.is(m) ? smaller.reversed() : smaller)
        .map(ratio -> Cell.of(
            "%s %s".formatted(Numbers.times(ratio.value()), ratio.to()), Numbers.interval(ratio)))
        .orElse(Cell.of("–"));
  }

  /** Of each place and workload, the rows with most threads; of the limits, those beside them. */
  private static List<Measurement> widest(List<Measurement> rows) {
    List<Measurement> measured =
        rows.stream().filter(m -> !Algorithms.isLimit(m)).toList();
    List<Measurement> widest = new ArrayList<>();
    ReportedRun.by(m -> Names.place(m) + '\n' + m.workload(), measured).values().forEach(load -> {
      int most = load.stream().mapToInt(Measurement::threads).max().orElseThrow();
      load.stream().filter(m -> m.threads() == most).forEach(widest::add);
    });
    List<Measurement> limits = rows.stream()
        .filter(Algorithms::isLimit)
        .filter(limit ->
            measured.stream().noneMatch(row -> Panel.isFor(row, limit) && !widest.contains(row)))
        .toList();
    widest.addAll(limits);
    return widest;
  }
}
