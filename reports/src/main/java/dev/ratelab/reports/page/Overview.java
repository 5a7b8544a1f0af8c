package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The table of the first screen: a row for each algorithm and for the fastest peers, with the numbers that decide. */
final class Overview {
  private final ReportedRun run;
  private final List<BackendSummary> places;
  private final List<Column> columns = new ArrayList<>();
  private static final int MOST_ROWS = 10;

  private final Map<String, List<Cell>> rows = new LinkedHashMap<>();
  private final List<String> peers = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private Overview(ReportedRun run, List<BackendSummary> places) {
    this.run = run;
    this.places = places;
  }

  /**
   * The table and what its columns mean.
   *
   * @param answer what the table says, in a sentence or two
   * @param notes sentences that say which of several loads a column is about
   */
  record Glance(String answer, Table table, List<String> notes) {}

  static Glance of(ReportedRun run, List<BackendSummary> places) {
    return new Overview(run, places).build();
  }

  private Glance build() {
    columns.add(Column.text("algorithm"));
    List<String> algorithms = Algorithms.measured(run.results().measurements());
    for (String algorithm : algorithms) {
      rows.put(
          algorithm, new ArrayList<>(List.of(Cell.of(algorithm, Algorithms.promise(algorithm)))));
    }
    List<Measurement> rates = run.metric("throughput", Metric.OPERATIONS);
    fastestPeers(rates);
    burst();
    accuracy();
    boolean cpu = false;
    for (BackendSummary place : places) {
      column(
          place,
          "decisions",
          place.rates(),
          m -> Cell.of(Numbers.value(m), Algorithms.isPeer(m) ? "" : peer(m, rates)));
      Measurement limit = place.limit();
      if (limit != null) {
        column(
            place,
            "of limit",
            place.rates(),
            m -> Cell.of(Ratio.of(m, limit)
                .map(share -> Numbers.wholeShare(share.value()))
                .orElse("–")));
      }
      column(place, "p99", place.waits(), m -> Cell.of(Numbers.value(m)));
      // Of the first place that has it: a second such column would not fit the first screen.
      if (!cpu) {
        column(place, "Redis CPU", place.cpu(), m -> Cell.of(Numbers.value(m)));
        cpu = !place.cpu().isEmpty();
      }
      column(place, "per key", place.bytes(), m -> Cell.of(Numbers.value(m)));
    }
    loads("Decisions", BackendSummary::rates);
    limits();
    loads("p99", BackendSummary::waits);
    loads("Redis CPU a decision", BackendSummary::cpu);
    loads("Bytes per key", BackendSummary::bytes);
    return new Glance(
        AnswerText.of(run, places),
        new Table(
            peers.isEmpty() ? "All algorithms at a glance" : "All algorithms and the fastest peers",
            columns,
            List.copyOf(rows.values())),
        notes);
  }

  private static final String PROMISE = "promise";

  /** How Ratelab compares with the best peer, empty where none was measured. */
  private static String peer(Measurement ours, List<Measurement> metric) {
    Optional<Measurement> peer = BackendSummary.bestPeer(ours, metric);
    if (peer.isEmpty()) {
      return "";
    }
    String name = peer.get().subject();
    return Ratio.meet(ours, peer.get())
        ? "as " + name
        : Ratio.of(ours, peer.get())
            .map(ratio -> Numbers.times(ratio.value()) + " " + name)
            .orElse("");
  }

  private void burst() {
    List<Measurement> worst = BurstPage.worst(run).stream()
        .filter(m -> m.subject().equals(Measurement.RATELAB))
        .toList();
    if (worst.isEmpty()) {
      return;
    }
    OptionalDouble limit = run.parameter(BurstPage.ID, "limit");
    columns.add(new Column(PROMISE, limit.isPresent() ? "E(W)/N" : "E(W)", true));
    rows.forEach((algorithm, cells) -> {
      Measurement m = BackendSummary.row(worst, algorithm);
      cells.add(
          m == null || limit.isEmpty()
              ? Cell.of(m)
              : Cell.of(Numbers.ratio(m.value() / limit.getAsDouble())).to(BurstPage.ID));
    });
    notes.add("E(W)" + (limit.isPresent() ? "/N" : "")
        + ": the most that one window W let through under adversarial arrivals"
        + (limit.isPresent() ? ", in limits N." : "."));
  }

  private void accuracy() {
    List<Measurement> ours = run.metric(AccuracyPage.ID, Metric.DIFFER).stream()
        .filter(m -> m.subject().equals(Measurement.RATELAB))
        .toList();
    if (ours.isEmpty()) {
      return;
    }
    Map<String, List<Measurement>> byAlgorithm = ReportedRun.by(Measurement::algorithm, ours);
    columns.add(new Column(PROMISE, "differs", true));
    rows.forEach((algorithm, cells) -> {
      Measurement worst = largest(byAlgorithm.get(algorithm));
      cells.add(worst == null ? Cell.of("–") : Cell.of(Numbers.value(worst)).to(AccuracyPage.ID));
    });
    long workloads = ours.stream().map(Measurement::workload).distinct().count();
    notes.add("Differs: share of requests decided differently from the exact log"
        + (workloads > 1 ? ", the worst of " + workloads + " workloads." : "."));
  }

  private void column(
      BackendSummary place,
      String name,
      List<Measurement> measurements,
      Function<Measurement, Cell> cell) {
    if (measurements.isEmpty()) {
      return;
    }
    columns.add(new Column(Names.sentence(place.name()), name, true));
    Measurement first = measurements.get(0);
    List<Measurement> others = run.experiment(first.experiment()).stream()
        .filter(m -> m.metric().equals(first.metric()) && Algorithms.isPeer(m))
        .filter(m -> BackendSummary.sameLoad(m, first))
        .toList();
    rows.forEach((row, cells) -> {
      Measurement m = peers.contains(row)
          ? others.stream()
              .filter(peer -> peer.subject().equals(row))
              .findFirst()
              .orElse(null)
          : BackendSummary.row(measurements, row);
      cells.add(m == null ? Cell.of("–") : cell.apply(m).to(first.experiment()));
    });
  }

  /** Of each place the peer that decides most often under its load, as long as there are rows left. */
  private void fastestPeers(List<Measurement> rates) {
    for (BackendSummary place : places) {
      place.rates().stream()
          .findFirst()
          .flatMap(ours -> rates.stream()
              .filter(m -> Algorithms.isPeer(m) && BackendSummary.sameLoad(m, ours))
              .max(Comparator.comparingDouble(Measurement::value)))
          .filter(peer -> rows.size() < MOST_ROWS && !rows.containsKey(peer.subject()))
          .ifPresent(peer -> {
            peers.add(peer.subject());
            String like = peer.algorithm();
            rows.put(
                peer.subject(),
                new ArrayList<>(List.of(Cell.of(
                        peer.subject(), like.equals(Measurement.NONE) ? "peer" : "peer, " + like)
                    .to(PeersPage.ID))));
          });
    }
  }

  private void loads(String what, Function<BackendSummary, List<Measurement>> rows) {
    Map<String, List<String>> byLoad = new LinkedHashMap<>();
    for (BackendSummary place : places) {
      rows.apply(place).stream()
          .findFirst()
          .map(Names::load)
          .filter(load -> !load.isEmpty())
          .ifPresent(
              load -> byLoad.computeIfAbsent(load, key -> new ArrayList<>()).add(shortName(place)));
    }
    if (!byLoad.isEmpty()) {
      List<String> parts = new ArrayList<>();
      byLoad.forEach(
          (load, where) -> parts.add(byLoad.size() == 1 ? load : Names.list(where) + " " + load));
      notes.add(what + ": " + String.join("; ", parts) + ".");
    }
  }

  private void limits() {
    List<String> limits = new ArrayList<>();
    for (BackendSummary place : places) {
      Measurement limit = place.limit();
      if (limit != null) {
        limits.add("%s %s %s".formatted(shortName(place), limit.workload(), Numbers.value(limit)));
      }
    }
    if (!limits.isEmpty()) {
      notes.add("Limit: " + String.join("; ", limits) + ".");
    }
  }

  private static String shortName(BackendSummary place) {
    return place.name().replace("Redis over ", "");
  }

  private static @Nullable Measurement largest(@Nullable List<Measurement> measurements) {
    return measurements == null
        ? null
        : measurements.stream()
            .max(Comparator.comparingDouble(Measurement::value))
            .orElse(null);
  }
}
