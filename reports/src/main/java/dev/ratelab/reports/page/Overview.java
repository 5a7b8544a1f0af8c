package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of the first screen: a row for each algorithm and for the fastest peers, with the numbers that decide. */
final class Overview {
  private static final int MOST_ROWS = 10;
  private static final String PROMISE = "promise";

  private final ReportedRun run;
  private final List<BackendSummary> places;
  private final List<Measurement> rates;
  private final Map<String, Cell> rows = new LinkedHashMap<>();
  private final List<String> peers = new ArrayList<>();
  private final Table.Of<String> table = new Table.Of<>();
  private final List<String> notes = new ArrayList<>();

  private Overview(ReportedRun run, List<BackendSummary> places) {
    this.run = run;
    this.places = places;
    this.rates = run.metric(ThroughputPage.ID, Metric.OPERATIONS);
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
    for (String algorithm : Algorithms.measured(run.results().measurements())) {
      rows.put(algorithm, Cell.of(algorithm, Algorithms.promise(algorithm)));
    }
    fastestPeers();
    table.cell("algorithm", row -> rows.getOrDefault(row, Cell.of(row)));
    burst();
    accuracy();
    boolean cpu = false;
    for (BackendSummary place : places) {
      Measurement limit = place.limit();
      if (limit != null) {
        column(
            place,
            "of limit",
            place.rates(),
            m -> Ratio.of(m, limit)
                .map(share -> Cell.of(
                    Numbers.wholeShare(share.value()),
                    m.ratioTo(limit.workload()).map(Numbers::interval).orElse("")))
                .orElse(Cell.of("–")));
      }
      column(
          place,
          "decisions",
          place.rates(),
          m -> Cell.of(Numbers.value(m), isToldByRedisTime(place) ? "" : peer(m)));
      column(place, "p99", place.waits(), Overview::value);
      // Of the first place that has it: a second such column would not fit the first screen.
      if (!cpu) {
        column(
            place,
            "Redis CPU",
            place.cpu(),
            m -> Cell.of(
                Numbers.value(m),
                Stream.of(toTheLimit(m), isToldByRedisTime(place) ? peer(m) : "")
                    .filter(note -> !note.isEmpty())
                    .collect(Collectors.joining(", "))));
        cpu = !place.cpu().isEmpty();
      }
      column(place, "per key", place.bytes(), Overview::value);
    }
    loads("Decisions", BackendSummary::rates);
    limits();
    loads("p99", BackendSummary::waits);
    loads("Redis CPU a decision", BackendSummary::cpu);
    loads("Bytes per key", BackendSummary::bytes);
    if (!peers.isEmpty()
        && "quick".equals(run.results().parameters().get("profile"))
        && places.stream().anyMatch(Overview::isToldByRedisTime)) {
      notes.add(
          "In the quick profile a peer's client on Redis is still warming up: its decisions a second are too low.");
    }
    String caption =
        peers.isEmpty() ? "All algorithms at a glance" : "All algorithms and the fastest peers";
    Table filled = table.rows(caption, rows.keySet());
    return new Glance(
        AnswerText.of(run, places),
        filled.columns().size() > 1 ? filled : new Table(caption, List.of(), List.of()),
        notes);
  }

  private static Cell value(Measurement m) {
    return Cell.of(Numbers.value(m));
  }

  /** How it compares with a script that does nothing; empty where they took no turns beside each other. */
  private static String toTheLimit(Measurement m) {
    return m.ratioTo("no-op-evalsha")
        .map(ratio ->
            "%s %s %s".formatted(Numbers.times(ratio.value()), ratio.to(), Numbers.interval(ratio)))
        .orElse("");
  }

  /** Where Redis' time was measured in turns, it tells more of a peer than the rate. */
  private static boolean isToldByRedisTime(BackendSummary place) {
    return place.cpu().stream().anyMatch(Metric.SERVER_CPU::is);
  }

  /** How Ratelab compares with the best peer; empty where none was measured, and for a peer. */
  private String peer(Measurement ours) {
    if (Algorithms.isPeer(ours)) {
      return "";
    }
    List<Measurement> metric = run.experiment(ours.experiment()).stream()
        .filter(m -> m.metric().equals(ours.metric()))
        .toList();
    Measurement peer = BackendSummary.bestPeer(ours, metric).orElse(null);
    if (peer == null) {
      return "";
    }
    return Ratio.meet(ours, peer)
        ? "as " + peer.subject()
        : Ratio.of(ours, peer)
            .map(ratio -> Numbers.times(ratio.value()) + " " + peer.subject())
            .orElse("");
  }

  private void burst() {
    List<Measurement> worst =
        BurstPage.worst(run).stream().filter(Algorithms::isOurs).toList();
    if (worst.isEmpty()) {
      return;
    }
    OptionalDouble limit = run.parameter(BurstPage.ID, "limit");
    String name = limit.isPresent() ? "E(W)/N" : "E(W)";
    table.column(new Column(PROMISE, name, true), row -> {
      Measurement m = BackendSummary.row(worst, row);
      return m == null || limit.isEmpty()
          ? Cell.of(m)
          : Cell.of(Numbers.ratio(m.value() / limit.getAsDouble())).to(BurstPage.ID);
    });
    notes.add(name
        + ": the most that one window W let through under adversarial arrivals"
        + (limit.isPresent() ? ", in limits N." : "."));
  }

  private void accuracy() {
    List<Measurement> ours = run.metric(AccuracyPage.ID, Metric.DIFFER).stream()
        .filter(Algorithms::isOurs)
        .sorted(Comparator.comparingDouble(Measurement::value).reversed())
        .toList();
    if (ours.isEmpty()) {
      return;
    }
    table.column(new Column(PROMISE, "differs", true), row -> {
      Measurement worst = BackendSummary.row(ours, row);
      return worst == null ? Cell.of("–") : value(worst).to(AccuracyPage.ID);
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
    Measurement first = measurements.get(0);
    List<Measurement> others = run.experiment(first.experiment()).stream()
        .filter(m -> m.metric().equals(first.metric()) && Algorithms.isPeer(m))
        .filter(m -> BackendSummary.sameLoad(m, first))
        .toList();
    table.column(new Column(Names.sentence(place.name()), name, true), row -> {
      Measurement m = peers.contains(row)
          ? others.stream()
              .filter(peer -> peer.subject().equals(row))
              .findFirst()
              .orElse(null)
          : BackendSummary.row(measurements, row);
      return m == null ? Cell.of("–") : cell.apply(m).to(first.experiment());
    });
  }

  /** Of each place the peer that decides most often under its load, as long as there are rows left. */
  private void fastestPeers() {
    for (BackendSummary place : places) {
      place.rates().stream()
          .findFirst()
          .flatMap(ours -> rates.stream()
              .filter(m -> Algorithms.isPeer(m) && BackendSummary.sameLoad(m, ours))
              .max(Comparator.comparingDouble(Measurement::value)))
          .filter(peer -> rows.size() < MOST_ROWS && !rows.containsKey(peer.subject()))
          .ifPresent(peer -> {
            String like = peer.algorithm();
            String note = like.equals(Measurement.NONE) ? "peer" : "peer, " + like;
            peers.add(peer.subject());
            rows.put(peer.subject(), Cell.of(peer.subject(), note).to(PeersPage.ID));
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
    List<String> parts = new ArrayList<>();
    byLoad.forEach(
        (load, where) -> parts.add(byLoad.size() == 1 ? load : Names.list(where) + " " + load));
    note(what, parts);
  }

  private void limits() {
    List<String> limits = new ArrayList<>();
    for (BackendSummary place : places) {
      Measurement limit = place.limit();
      if (limit != null) {
        limits.add("%s %s %s".formatted(shortName(place), limit.workload(), Numbers.value(limit)));
      }
    }
    note("Limit", limits);
  }

  private void note(String what, List<String> parts) {
    if (!parts.isEmpty()) {
      notes.add(what + ": " + String.join("; ", parts) + ".");
    }
  }

  private static String shortName(BackendSummary place) {
    return place.name().replace("Redis over ", "");
  }
}
