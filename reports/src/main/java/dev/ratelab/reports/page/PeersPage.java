package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bar;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Notice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Ratelab against other people's limiters, each against the same algorithm in the same place under the same load. */
final class PeersPage {
  static final String ID = "peers";
  private static final String NAME = "Peers";
  private static final String HTTP = "http";
  private static final String TITLE = "How does it compare with its peers and with the limits?";

  private PeersPage() {}

  /** A peer's number beside ours. */
  private record Pair(Measurement ours, Measurement peer) {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = run.results().measurements().stream()
        .filter(Algorithms::isPeer)
        .sorted(Algorithms.ORDER)
        .toList();
    List<Table> tables = new ArrayList<>();
    List<Figure> figures = new ArrayList<>();
    Map<String, List<Pair>> pairs = new LinkedHashMap<>();
    for (Measurement peer : rows) {
      counterparts(run, peer)
          .forEach(ours -> pairs
              .computeIfAbsent(
                  peer.experiment() + ", " + Names.metric(peer), key -> new ArrayList<>())
              .add(new Pair(ours, peer)));
    }
    pairs.forEach((what, metric) -> {
      ratios(what, metric).ifPresent(figures::add);
      tables.add(table(what, metric));
    });
    LimitRatios.table(run).ifPresent(tables::add);
    if (rows.isEmpty() && tables.isEmpty()) {
      return Section.absent(ID, NAME, TITLE);
    }
    versions(run).ifPresent(tables::add);
    absent(run).ifPresent(tables::add);
    return new Section(
        ID,
        NAME,
        TITLE,
        "Other people's limiters in the same harness: the same keys, threads and Redis, each beside the algorithm of ours"
            + " that it is an instance of. A name does not make a promise: what each promises, and what its decision"
            + " carries, is in docs/peers.md.",
        figures,
        tables);
  }

  /** Versions of the peers that were there. */
  static Optional<Table> versions(ReportedRun run) {
    Set<String> measured = run.results().measurements().stream()
        .filter(Algorithms::isPeer)
        .map(Measurement::subject)
        .collect(Collectors.toSet());
    return notices(
        run,
        Notice.Kind.PEER,
        "Peers in this run: what they promise is not the same",
        "version, promise and decision",
        name -> measured.stream()
            .anyMatch(subject -> name.equals(subject) || name.startsWith(subject + " (")));
  }

  /** Peers that were not there, and why. */
  static Optional<Table> absent(ReportedRun run) {
    return notices(run, Notice.Kind.ABSENT, "Peers that were left out", "reason", name -> true);
  }

  private static Optional<Table> notices(
      ReportedRun run, Notice.Kind kind, String caption, String what, Predicate<String> wanted) {
    List<List<Cell>> rows = run.results().notices(kind).stream()
        .filter(notice -> wanted.test(notice.name()))
        .map(notice -> List.of(Cell.of(notice.name()), Cell.of(notice.text())))
        .toList();
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(new Table(caption, List.of(Column.text("peer"), Column.text(what)), rows));
  }

  /** Ours that are asked for the same; a service over HTTP is held against ours on the same backend, whichever algorithm. */
  static List<Measurement> counterparts(ReportedRun run, Measurement peer) {
    return run.experiment(peer.experiment()).stream()
        .filter(m -> m.metric().equals(peer.metric()))
        .filter(m -> m.subject().equals(Measurement.RATELAB))
        .filter(m -> peer.experiment().equals(HTTP)
            ? m.backend().equals(peer.backend())
                && m.workload().equals(peer.workload())
                && m.threads() == peer.threads()
            : m.algorithm().equals(peer.algorithm()) && BackendSummary.sameLoad(peer, m))
        .toList();
  }

  private static Optional<Figure> ratios(String what, List<Pair> pairs) {
    List<Chart> charts = new ArrayList<>();
    Map<String, List<Bar>> panels = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      // What was counted needs no plot, and fewer threads are in the table.
      if (pair.peer().exact() || pair.peer().threads() < mostThreads(pair, pairs)) {
        continue;
      }
      Ratio.of(pair.ours(), pair.peer())
          .ifPresent(ratio -> panels
              .computeIfAbsent(
                  Names.place(pair.ours()) + " · " + Names.load(pair.ours()),
                  key -> new ArrayList<>())
              .add(new Bar(
                  Names.subject(pair.peer()),
                  pair.ours().algorithm(),
                  ratio.value(),
                  ratio.low(),
                  ratio.high(),
                  Numbers.times(ratio.value()),
                  false)));
    }
    // Twice as much and half as much are equally far from one.
    Axis axis = new Axis("Ratelab's value over the peer's", "log", "ratio");
    panels.forEach((panel, bars) -> charts.add(new Bars(panel, axis, bars)));
    return charts.isEmpty()
        ? Optional.empty()
        : Optional.of(new Figure(
            "Ratelab over each peer: " + what,
            "At 1 both have the same value; a mark to the right means that Ratelab's is larger. Where the line of a mark, the"
                + " widest that both 95 % intervals allow, crosses 1, the run does not tell them apart.",
            false,
            charts));
  }

  private static int mostThreads(Pair pair, List<Pair> pairs) {
    return pairs.stream()
        .map(Pair::peer)
        .filter(other -> Names.place(other).equals(Names.place(pair.peer())))
        .filter(other -> other.workload().equals(pair.peer().workload()))
        .mapToInt(Measurement::threads)
        .max()
        .orElseThrow();
  }

  private static Table table(String what, List<Pair> pairs) {
    return new Table(
        Names.sentence(what),
        List.of(
            Column.text("peer"),
            Column.text("where"),
            Column.text("load"),
            Column.number("its value"),
            Column.text("beside our"),
            Column.number("Ratelab's"),
            Column.number("Ratelab / peer")),
        pairs.stream()
            .map(pair -> List.of(
                Cell.of(Names.subject(pair.peer())),
                Cell.of(Names.place(pair.peer())),
                Cell.of(Names.load(pair.peer())),
                Cell.of(pair.peer()),
                Cell.of(beside(pair)),
                Cell.of(pair.ours()),
                ratio(pair)))
            .toList());
  }

  private static String beside(Pair pair) {
    String place = Names.place(pair.ours());
    return place.equals(Names.place(pair.peer()))
        ? pair.ours().algorithm()
        : pair.ours().algorithm() + ", " + place;
  }

  private static Cell ratio(Pair pair) {
    return Ratio.of(pair.ours(), pair.peer())
        .map(ratio -> Cell.of(
            Numbers.times(ratio.value()),
            Ratio.meet(pair.ours(), pair.peer())
                ? pair.peer().exact() && pair.ours().exact() ? "the same" : "not told apart"
                : ""))
        .orElse(Cell.of("–"));
  }
}
