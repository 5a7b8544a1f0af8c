package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What clusters of several sizes do, and what a decision costs their nodes. */
final class ClusterPage {
  static final String ID = "cluster";
  private static final String REPLICAS = "-with-replicas";

  private ClusterPage() {}

  static Section section(ReportedRun run) {
    String cores = run.results().environment().get("cores");
    return new Section(
        ID,
        "Cluster",
        "What do more primaries bring?",
        "The same decisions on Redis Clusters of 1, 2, 3 and 6 primaries. All nodes and the caller share this machine's "
            + (cores == null ? "" : cores + " ")
            + "cores. So the decisions a second cannot grow with the nodes here, and no row shows a rate that other machines would reach."
            + " What scales is the processor time that the busiest node needs for a decision: a node that has a core of its own is"
            + " busy all the time at one second divided by it. That rate is computed, not measured.",
        List.of(
            lines(
                run,
                Metric.BUSIEST_NODE_CPU,
                "Lower is better. Where keys spread, the busiest node does less of each decision with more primaries. One key lies"
                    + " on one node, so more primaries take nothing from it. Leases spare calls where a key is asked for again and again: here one"
                    + " key is, and of many keys none is often enough."),
            lines(
                run,
                Metric.CPU_PER_DECISION,
                "Lower is better. The sum over all nodes. Where it grows although as many scripts run, each node gets fewer calls"
                    + " at a time, and reads and answers fewer of them at once."),
            lines(
                run,
                Metric.OPERATIONS,
                "Higher is better, on this machine, whose cores serve all nodes and the caller: no sign of what more machines do.")),
        List.of(table(run)));
  }

  private static Figure lines(ReportedRun run, Metric metric, String reading) {
    List<Measurement> rows = run.metric(ID, metric).stream()
        .filter(m -> !m.workload().endsWith(REPLICAS))
        .toList();
    List<Chart> charts = new ArrayList<>();
    ReportedRun.by(m -> way(m).replaceFirst("\\w+ ", ""), rows).forEach((keys, panel) -> {
      List<Line> lines = new ArrayList<>();
      ReportedRun.by(ClusterPage::way, panel)
          .forEach((way, sizes) -> lines.add(new Line(
              way.replace(" " + keys, ""),
              Names.style(sizes.get(0)),
              lines.size(),
              false,
              sizes.stream()
                  .map(m -> new double[] {Sweep.number(m), m.value(), m.low(), m.high()})
                  .sorted(Comparator.comparingDouble(point -> point[0]))
                  .toList())));
      charts.add(new Lines(
          Names.place(panel.get(0)) + " · " + keys,
          Axis.of("primaries", "1", Line.all(lines, 0)),
          Axis.of(metric.label(), panel.get(0).unit(), Line.all(lines, 1)),
          lines));
    });
    return new Figure(
        metric == Metric.CPU_PER_DECISION
            ? "Processor time of all nodes a decision"
            : Names.sentence(metric.label()),
        reading,
        charts);
  }

  private static Table table(ReportedRun run) {
    return new Table.Of<Measurement>()
        .text("asked", ClusterPage::way)
        .number("primaries", m -> Integer.toString(Sweep.number(m)))
        .text("replicas", m -> m.workload().endsWith(REPLICAS) ? "one each" : "none")
        .measured("decisions", m -> m)
        .measured("CPU, all nodes", m -> of(run, m, Metric.CPU_PER_DECISION))
        .measured("CPU, busiest node", m -> of(run, m, Metric.BUSIEST_NODE_CPU))
        .measured("CPU, caller", m -> of(run, m, Metric.CALLER_CPU))
        .measured("scripts", m -> of(run, m, Metric.SCRIPTS_PER_DECISION))
        .measured("of them at the busiest", m -> of(run, m, Metric.BUSIEST_NODE_SHARE))
        .number("computed: full at", m -> {
          Measurement busiest = of(run, m, Metric.BUSIEST_NODE_CPU);
          return busiest == null || busiest.value() <= 0
              ? "–"
              : Numbers.rate(1e6 / busiest.value());
        })
        .rows(
            "What was measured, with 95 % intervals, each for one decision; and where a core for each node would be full",
            run.metric(ID, Metric.OPERATIONS));
  }

  private static @Nullable Measurement of(ReportedRun run, Measurement row, Metric metric) {
    return run.metric(ID, metric).stream()
        .filter(m -> m.workload().equals(row.workload()))
        .findFirst()
        .orElse(null);
  }

  /** How it is asked, such as {@code calls many keys}. */
  private static String way(Measurement m) {
    return Sweep.words(m).replaceFirst(" primaries.*", "");
  }
}
