package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Chart.Spot;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Unit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What designs of a fleet cost Redis and how wrong they are, by the simulator; and how far it is to be believed. */
final class SimulationPage {
  static final String ID = "simulation";
  static final String VALIDATION = "simulation-validation";

  /** What designs are chosen by, in this order: as many columns as a screen has room for. */
  private static final List<Metric> SUMMARY = List.of(
      Metric.CALLS_PER_DECISION,
      Metric.OVER_ADMITTED,
      Metric.UNDER_ADMITTED,
      Metric.BUSIEST_SHARD,
      Metric.UNANSWERED,
      Metric.P50,
      Metric.P99);

  private SimulationPage() {}

  static Section section(ReportedRun run) throws IOException {
    List<List<Measurement>> designs =
        List.copyOf(ReportedRun.by(m -> List.of(m.algorithm(), m.workload()), run.experiment(ID))
            .values());
    List<Measurement> checked = run.experiment(VALIDATION);
    List<Shard> shards = new ArrayList<>();
    for (List<Measurement> design : designs) {
      Measurement m = design.get(0);
      run.raw(m.raw(), "region", "shard", "calls_per_s", "busy")
          .forEach(row ->
              shards.add(new Shard(m.workload(), (int) row[0] + 1, (int) row[1], row[2], row[3])));
    }
    return new Section(
        ID,
        "Simulation",
        "And a whole fleet?",
        "Many instances, the network between them and the shards of Redis, in virtual time, on the shipped transitions and"
            + " leases. The yardstick is one counter that every request reaches at once: what a key gets beyond that is"
            + " over-admitted, what it misses is under-admitted.",
        List.of(frontier(designs), shards(shards), validation(checked)),
        List.of(
            table("All designs, by calls", designs, SUMMARY::contains),
            table("More of the same designs", designs, metric -> !SUMMARY.contains(metric)),
            regions(shards),
            parameters(designs.isEmpty() ? Map.of() : run.results().parameters()),
            Tables.series("Measured on a real Redis, and simulated", checked)));
  }

  private static Figure frontier(List<List<Measurement>> designs) {
    return new Figure(
        "Error against Redis load",
        "lower is more exact, farther left costs Redis less. A line joins one design with other parameters: larger blocks,"
            + " longer intervals. Where the axis begins with 0, a mark on it is 0.",
        Stream.of(
                chart(designs, Metric.OVER_ADMITTED, Metric.CALLS_PER_DECISION),
                chart(designs, Metric.UNDER_ADMITTED, Metric.CALLS_PER_DECISION),
                chart(designs, Metric.OVER_PROMISE, Metric.CALLS_PER_DECISION),
                chart(designs, Metric.OVER_ADMITTED, Metric.BUSIEST_SHARD))
            .filter(chart -> !chart.spots().isEmpty())
            .toList());
  }

  /**
   * What a shard had to do under a design.
   *
   * @param region from 1 on
   * @param busy the part of its processor that it needed
   */
  private record Shard(
      String workload, int region, int number, double callsPerSecond, double busy) {}

  /** The shards from the busiest on, under each design with its first parameters. */
  private static Figure shards(List<Shard> shards) {
    Map<String, List<Shard>> designs = shards.stream()
        .collect(Collectors.groupingBy(Shard::workload, LinkedHashMap::new, Collectors.toList()));
    Map<String, Line> lines = new LinkedHashMap<>();
    designs.forEach((workload, all) -> {
      double[] busy = all.stream().mapToDouble(shard -> -shard.busy).sorted().toArray();
      if (busy.length > 1) {
        lines.putIfAbsent(
            name(workload),
            new Line(
                workload.replace(",", ", ").replace(":", ": "),
                name(workload),
                0,
                false,
                IntStream.range(0, busy.length)
                    .mapToObj(i -> new double[] {i + 1, -busy[i]})
                    .toList()));
      }
    });
    return new Figure(
        "Load of the shards",
        "From the busiest shard on, the part of its processor that each needs. A line that falls steeply has a shard with a hot key;"
            + " a shard over 100 % cannot keep up.",
        lines.isEmpty()
            ? List.of()
            : List.of(new Lines(
                "Load by rank",
                new Axis("shards, the busiest first", "linear", "1"),
                new Axis("load", "linear", "share"),
                List.copyOf(lines.values()))));
  }

  private static Table regions(List<Shard> shards) {
    return new Table.Of<List<Shard>>()
        .text("design", region -> name(region.get(0).workload))
        .text("parameters", region -> parameters(region.get(0).workload))
        .number("region", region -> Integer.toString(region.get(0).region))
        .number("shards", region -> Integer.toString(region.size()))
        .number(
            "Redis calls a second",
            region ->
                Numbers.rate(region.stream().mapToDouble(Shard::callsPerSecond).sum()))
        .number(
            "load of the busiest shard",
            region ->
                Numbers.share(region.stream().mapToDouble(Shard::busy).max().orElse(0)))
        .number(
            "mean load",
            region ->
                Numbers.share(region.stream().mapToDouble(Shard::busy).average().orElse(0)))
        .rows(
            "Load by region",
            shards.stream()
                .collect(Collectors.groupingBy(
                    shard -> List.of(shard.workload, shard.region),
                    LinkedHashMap::new,
                    Collectors.toList()))
                .values());
  }

  private static Chart.Designs chart(List<List<Measurement>> designs, Metric error, Metric load) {
    List<Spot> spots = new ArrayList<>();
    for (List<Measurement> design : designs) {
      Measurement x = row(design, load);
      Measurement y = row(design, error);
      if (x != null && y != null) {
        List<String> facts = new ArrayList<>(List.of(parameters(y.workload())));
        design.stream()
            .filter(m -> Metric.of(m).isPresent())
            .map(m -> "%s: %s %s".formatted(Names.metric(m), Numbers.value(m), Numbers.interval(m)))
            .map(String::strip)
            .forEach(facts::add);
        spots.add(new Spot(name(y.workload()), x.value(), y.value(), y.low(), y.high(), facts));
      }
    }
    return new Chart.Designs(
        "%s against %s".formatted(Names.sentence(error.label()), load.label()),
        axis(load, spots.stream().map(Spot::x).toList()),
        axis(error, spots.stream().map(Spot::y).toList()),
        false,
        spots);
  }

  private static Axis axis(Metric metric, List<Double> values) {
    return Axis.of(
        metric.label(),
        metric.unit() == Unit.SHARE ? "share" : metric.unit().symbol(),
        values.stream().mapToDouble(value -> value));
  }

  /** A chart for each metric, a mark for each setting. */
  private static Figure validation(List<Measurement> rows) {
    List<Chart.Designs> charts = new ArrayList<>();
    for (Metric metric : List.of(
        Metric.ADMITTED,
        Metric.OVER_ADMITTED,
        Metric.UNDER_ADMITTED,
        Metric.EXCESS,
        Metric.CALLS_PER_DECISION,
        Metric.LAPSED)) {
      List<Spot> spots = new ArrayList<>();
      for (List<Measurement> setting : ReportedRun.by(
              m -> List.of(m.algorithm(), m.workload()),
              rows.stream().filter(metric::is).toList())
          .values()) {
        for (Measurement measured : setting) {
          setting.stream()
              .filter(m -> m.backend().equals(Measurement.SIMULATED))
              .filter(simulated -> !measured.backend().equals(Measurement.SIMULATED))
              .forEach(simulated -> spots.add(pair(simulated, measured)));
        }
      }
      if (!spots.isEmpty()) {
        List<Double> values =
            spots.stream().flatMap(spot -> Stream.of(spot.x(), spot.y())).toList();
        charts.add(new Chart.Designs(
            Names.sentence(metric.label()),
            axis(metric, values, "simulated"),
            axis(metric, values, "measured"),
            true,
            spots));
      }
    }
    return new Figure(
        "Simulated against measured",
        "A mark is a small load that a real Redis was given and the simulator, too. On the dashed line both are equal; the thin"
            + " line at a mark is the 95 % interval of what was measured.",
        charts);
  }

  private static Axis axis(Metric metric, List<Double> values, String prefix) {
    Axis axis = axis(metric, values);
    return new Axis(prefix, axis.scale(), axis.unit());
  }

  private static Spot pair(Measurement simulated, Measurement measured) {
    int blank = measured.workload().lastIndexOf(' ');
    String design = measured.workload().substring(blank + 1);
    return new Spot(
        name(design),
        simulated.value(),
        measured.value(),
        measured.low(),
        measured.high(),
        Stream.of(
                parameters(design),
                measured.workload().substring(0, Math.max(0, blank)),
                "measured: %s %s".formatted(Numbers.value(measured), Numbers.interval(measured)),
                "simulated: %s %s".formatted(Numbers.value(simulated), Numbers.interval(simulated)))
            .map(String::strip)
            .filter(fact -> !fact.isEmpty())
            .toList());
  }

  private static Table table(
      String caption, List<List<Measurement>> designs, Predicate<Metric> shown) {
    Table.Of<List<Measurement>> table = new Table.Of<List<Measurement>>()
        .text("design", design -> name(design.get(0).workload()))
        .text("parameters", design -> parameters(design.get(0).workload()));
    if (designs.stream().map(design -> design.get(0).algorithm()).distinct().count() > 1) {
      table.text("algorithm", design -> design.get(0).algorithm());
    }
    designs.stream()
        .flatMap(List::stream)
        .map(m -> Metric.of(m).orElse(null))
        .filter(Objects::nonNull)
        .filter(shown)
        .distinct()
        .sorted(Comparator.<Metric>comparingInt(SUMMARY::indexOf).thenComparing(metric -> metric))
        .forEach(metric -> table.measured(metric.label(), design -> row(design, metric)));
    return table.rows(
        caption,
        designs.stream()
            .sorted(Comparator.comparingDouble(design -> {
              Measurement calls = row(design, Metric.CALLS_PER_DECISION);
              return calls == null ? 0 : -calls.value();
            }))
            .toList());
  }

  /** What was simulated, and what of it is exact. */
  private static Table parameters(Map<String, String> parameters) {
    String prefix = ID + ".";
    return new Table.Of<Map.Entry<String, String>>()
        .text("parameter", entry -> entry.getKey().substring(prefix.length()).replace('_', ' '))
        .text("value", Map.Entry::getValue)
        .rows(
            "What was simulated",
            parameters.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .toList());
  }

  private static @Nullable Measurement row(List<Measurement> design, Metric metric) {
    return design.stream().filter(metric::is).findFirst().orElse(null);
  }

  /** A workload is a design's name and, behind a colon, its parameters. */
  private static String name(String workload) {
    return workload.replaceFirst(":.*", "");
  }

  private static String parameters(String workload) {
    int colon = workload.indexOf(':');
    return colon < 0 ? "" : workload.substring(colon + 1).replace(",", ", ");
  }
}
