package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Lines;
import dev.ratelab.reports.page.Chart.Spot;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What designs of a fleet cost Redis and how wrong they are, by the simulator. */
final class SimulationPage {
  static final String ID = "simulation";

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
    List<Measurement> checked = run.experiment(ValidationFigure.EXPERIMENT);
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
        List.of(frontier(designs), shards(shards), ValidationFigure.of(checked)),
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
      String workload, int region, int number, double callsPerSecond, double busy) {
    DesignName design() {
      return DesignName.of(workload);
    }
  }

  /** The shards from the busiest on, under each design with its first parameters. */
  private static Figure shards(List<Shard> shards) {
    Map<String, Line> lines = new LinkedHashMap<>();
    ReportedRun.by(Shard::workload, shards).forEach((workload, all) -> {
      double[] busy = all.stream().mapToDouble(shard -> -shard.busy).sorted().toArray();
      if (busy.length > 1) {
        String name = DesignName.of(workload).name();
        lines.putIfAbsent(
            name,
            new Line(
                workload.replace(",", ", ").replace(":", ": "),
                name,
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
        .text("design", region -> region.get(0).design().name())
        .text("parameters", region -> region.get(0).design().parameters())
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
            ReportedRun.by(shard -> List.of(shard.workload, shard.region), shards)
                .values());
  }

  private static Chart.Designs chart(List<List<Measurement>> designs, Metric error, Metric load) {
    List<Spot> spots = new ArrayList<>();
    for (List<Measurement> design : designs) {
      Measurement x = row(design, load);
      Measurement y = row(design, error);
      if (x != null && y != null) {
        DesignName name = DesignName.of(y.workload());
        List<String> facts = new ArrayList<>(List.of(name.parameters()));
        design.stream()
            .filter(m -> Metric.of(m).isPresent())
            .map(m -> "%s: %s %s".formatted(Names.metric(m), Numbers.value(m), Numbers.interval(m)))
            .map(String::strip)
            .forEach(facts::add);
        spots.add(new Spot(name.name(), x.value(), y.value(), y.low(), y.high(), facts));
      }
    }
    return new Chart.Designs(
        "%s against %s".formatted(Names.sentence(error.label()), load.label()),
        axis(load, Spot::x, spots),
        axis(error, Spot::y, spots),
        false,
        spots);
  }

  private static Axis axis(Metric metric, ToDoubleFunction<Spot> value, List<Spot> spots) {
    return Axis.of(metric.label(), metric.unit(), spots.stream().mapToDouble(value));
  }

  private static Table table(
      String caption, List<List<Measurement>> designs, Predicate<Metric> shown) {
    Table.Of<List<Measurement>> table = new Table.Of<List<Measurement>>()
        .text("design", design -> DesignName.of(design.get(0).workload()).name())
        .text("parameters", design -> DesignName.of(design.get(0).workload()).parameters());
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
}
