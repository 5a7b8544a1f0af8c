package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** The first screen: one row an algorithm, with the numbers that decide. */
final class Overview {
  private final Run run;
  private final List<String> algorithms;
  private final List<Column> columns = new ArrayList<>();
  private final Map<String, List<Cell>> rows = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  private Overview(Run run) {
    this.run = run;
    this.algorithms = Algorithms.measured(run.results().measurements());
  }

  /**
   * The table and what its columns mean.
   *
   * @param notes sentences that say which of several loads a column is about
   */
  record Glance(Table table, List<String> notes) {}

  static Glance of(Run run) {
    return new Overview(run).build();
  }

  private Glance build() {
    columns.add(Column.text("algorithm"));
    columns.add(Column.text("what it promises"));
    if (algorithms.isEmpty()) {
      notes.add("This run has not measured an algorithm yet.");
    }
    for (String algorithm : algorithms) {
      rows.put(
          algorithm,
          new ArrayList<>(List.of(Cell.of(algorithm), Cell.of(Algorithms.promise(algorithm)))));
    }
    perPlace("throughput", "operations", "decisions a second", "Decisions a second");
    perPlace("latency", "p99", "p99 latency", "p99 latency");
    burst();
    accuracy();
    perPlace("memory", "bytes-per-key", "bytes per key", "Bytes per key");
    return new Glance(
        new Table("All algorithms at a glance", columns, List.copyOf(rows.values())), notes);
  }

  /** A column for each place; of several loads, the one that most algorithms ran under, and of those the last measured. */
  private void perPlace(String experiment, String metric, String group, String note) {
    List<Measurement> ours = ours(run.metric(experiment, metric));
    List<String> loads = new ArrayList<>();
    Run.by(Names::place, ours).forEach((place, here) -> {
      Map<String, List<Measurement>> byLoad = Run.by(Names::load, here);
      int most = byLoad.values().stream().mapToInt(List::size).max().orElse(0);
      byLoad.entrySet().stream()
          .filter(entry -> entry.getValue().size() == most)
          .reduce((first, last) -> last)
          .ifPresent(entry -> {
            column(group, place.replace("Redis over ", ""), entry.getValue());
            if (!entry.getKey().isEmpty()) {
              loads.add(place + " " + entry.getKey());
            }
          });
    });
    if (!loads.isEmpty()) {
      notes.add(note + ": " + String.join("; ", loads) + ".");
    }
  }

  private void burst() {
    List<Measurement> ours = ours(run.metric(Burst.ID, "max-in-window")).stream()
        .filter(m -> m.workload().equals("adversarial"))
        .toList();
    if (ours.isEmpty()) {
      return;
    }
    OptionalDouble limit = run.parameter(Burst.ID, "limit");
    boolean ratio = limit.isPresent();
    Map<String, List<Measurement>> byAlgorithm = Run.by(Measurement::algorithm, ours);
    columns.add(Column.number(ratio ? "E(W)/N" : "E(W)"));
    rows.forEach((algorithm, cells) -> {
      Measurement worst = largest(byAlgorithm.get(algorithm));
      cells.add(
          worst == null || !ratio
              ? Cell.of(worst)
              : Cell.of(Numbers.ratio(worst.value() / limit.getAsDouble())));
    });
    notes.add("E(W)" + (ratio ? "/N" : "")
        + ": the most that one window W let through under adversarial arrivals"
        + (ratio ? ", in limits N." : "."));
  }

  private void accuracy() {
    List<Measurement> ours = ours(run.metric(Accuracy.ID, "differ"));
    if (ours.isEmpty()) {
      return;
    }
    Map<String, List<Measurement>> byAlgorithm = Run.by(Measurement::algorithm, ours);
    columns.add(Column.number("differs"));
    rows.forEach((algorithm, cells) -> {
      Measurement worst = largest(byAlgorithm.get(algorithm));
      cells.add(worst == null ? Cell.of("–") : Cell.of(Numbers.value(worst)));
    });
    long workloads = ours.stream().map(Measurement::workload).distinct().count();
    notes.add("Differs: share of requests decided differently from the exact log"
        + (workloads > 1 ? ", the worst of " + workloads + " workloads." : "."));
  }

  private void column(String group, String name, List<Measurement> measurements) {
    columns.add(new Column(group, name, true));
    Map<String, List<Measurement>> byAlgorithm = Run.by(Measurement::algorithm, measurements);
    rows.forEach((algorithm, cells) -> {
      Measurement m = largest(byAlgorithm.get(algorithm));
      cells.add(m == null ? Cell.of("–") : Cell.of(Numbers.value(m)));
    });
  }

  private static @Nullable Measurement largest(@Nullable List<Measurement> measurements) {
    return measurements == null
        ? null
        : measurements.stream()
            .max(Comparator.comparingDouble(Measurement::value))
            .orElse(null);
  }

  private static List<Measurement> ours(List<Measurement> measurements) {
    return measurements.stream()
        .filter(m -> m.subject().equals(Measurement.RATELAB))
        .toList();
  }
}
