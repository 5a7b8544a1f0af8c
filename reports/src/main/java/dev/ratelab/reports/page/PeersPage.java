package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Bar;
import dev.ratelab.reports.page.Chart.Bars;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Ratelab against other people's limiters, each against the same algorithm in the same place under the same load; and
 * against what no limiter can beat.
 */
final class PeersPage {
  static final String ID = "peers";
  private static final String HTTP = "http";

  /** What is held against the physical limits. */
  private static final Map<String, List<Metric>> LIMITED = new LinkedHashMap<>();

  static {
    LIMITED.put(ThroughputPage.ID, List.of(Metric.SERVER_CPU, Metric.OPERATIONS));
    LIMITED.put(LatencyPage.ID, List.of(Metric.P50, Metric.P99));
    LIMITED.put("redis-cost", List.of(Metric.SCRIPT_TIME, Metric.CPU_PER_DECISION));
    LIMITED.put("memory", List.of(Metric.BYTES_PER_KEY));
    LIMITED.put(HTTP, List.of(Metric.P50, Metric.P99, Metric.SLO_RATE));
  }

  private PeersPage() {}

  /** A number of ours beside a peer's or a limit's. */
  record Pair(Measurement ours, Measurement other) {
    String metric() {
      return ours.experiment() + ", " + Names.metric(ours);
    }

    /** The one over the other, and whether the run tells them apart. */
    Cell ratio() {
      String note = !Ratio.meet(ours, other)
          ? ""
          : ours.exact() && other.exact() ? "the same" : "not told apart";
      return Ratio.of(ours, other)
          .map(ratio -> Cell.of(
              Numbers.times(ratio.value()),
              note.isEmpty() && !ours.exact() ? Numbers.interval(ratio) : note))
          .orElse(Cell.of("–"));
    }
  }

  static Section section(ReportedRun run) {
    Map<String, List<Pair>> pairs = new LinkedHashMap<>();
    run.results().measurements().stream()
        .filter(Algorithms::isPeer)
        .sorted(Algorithms.ORDER)
        .flatMap(peer -> counterparts(run, peer).stream().map(ours -> new Pair(ours, peer)))
        .forEach(pair ->
            pairs.computeIfAbsent(pair.metric(), key -> new ArrayList<>()).add(pair));
    List<Table> tables = new ArrayList<>();
    List<Figure> figures = new ArrayList<>();
    pairs.forEach((what, metric) -> {
      figures.add(ratios(what, metric));
      tables.add(table(what, metric));
    });
    tables.add(limits(run));
    boolean measured = tables.size() > 1
        || !tables.get(0).rows().isEmpty()
        || run.results().measurements().stream().anyMatch(Algorithms::isPeer);
    if (measured) {
      tables.addAll(notices(run));
    }
    return new Section(
        ID,
        "Peers",
        "How does it compare with its peers and with the limits?",
        "Other people's limiters in the same harness: the same keys, threads and Redis, each beside the algorithm of ours"
            + " that it is an instance of. A name does not make a promise: what each promises, and what its decision"
            + " carries, is in docs/peers.md. In the quick profile a peer's client on Redis is still warming up: its rate there is"
            + " too low, its processor time of Redis is not.",
        figures,
        tables);
  }

  /** Versions of the peers that were there; peers that were not there, and why. */
  static List<Table> notices(ReportedRun run) {
    Set<String> measured = run.results().measurements().stream()
        .filter(Algorithms::isPeer)
        .map(Measurement::subject)
        .collect(Collectors.toSet());
    Table present = notices(
        run,
        Notice.Kind.PEER,
        "Peers in this run: what they promise is not the same",
        "version, promise and decision",
        name -> measured.stream()
            .anyMatch(subject -> name.equals(subject) || name.startsWith(subject + " (")));
    Table absent =
        notices(run, Notice.Kind.ABSENT, "Peers that were left out", "reason", name -> true);
    return List.of(present, absent);
  }

  private static Table notices(
      ReportedRun run, Notice.Kind kind, String caption, String what, Predicate<String> wanted) {
    return new Table.Of<Notice>()
        .text("peer", Notice::name)
        .text(what, Notice::text)
        .rows(
            caption,
            run.results().notices(kind).stream()
                .filter(notice -> wanted.test(notice.name()))
                .toList());
  }

  /** Ours that are asked for the same; a service over HTTP is held against ours on the same backend, whichever algorithm. */
  static List<Measurement> counterparts(ReportedRun run, Measurement peer) {
    return run.experiment(peer.experiment()).stream()
        .filter(m -> m.metric().equals(peer.metric()) && Algorithms.isOurs(m))
        .filter(m -> peer.experiment().equals(HTTP)
            ? m.backend().equals(peer.backend())
                && m.workload().equals(peer.workload())
                && m.threads() == peer.threads()
            : m.algorithm().equals(peer.algorithm()) && BackendSummary.sameLoad(peer, m))
        .toList();
  }

  private static Figure ratios(String what, List<Pair> pairs) {
    Map<String, List<Bar>> panels = new LinkedHashMap<>();
    for (Pair pair : pairs) {
      Measurement ours = pair.ours();
      Measurement peer = pair.other();
      // What was counted needs no plot, and fewer threads are in the table.
      if (peer.exact() || peer.threads() < mostThreads(peer, pairs)) {
        continue;
      }
      Ratio.of(ours, peer)
          .ifPresent(ratio -> panels
              .computeIfAbsent(
                  Names.place(ours) + " · " + Names.load(ours), key -> new ArrayList<>())
              .add(new Bar(
                  Names.subject(peer),
                  ours.algorithm(),
                  ratio.value(),
                  ratio.low(),
                  ratio.high(),
                  Numbers.times(ratio.value()),
                  false)));
    }
    // Twice as much and half as much are equally far from one.
    Axis axis = new Axis("Ratelab's value over the peer's", "log", "ratio");
    List<Chart> charts = new ArrayList<>();
    panels.forEach((panel, bars) -> charts.add(new Bars(panel, axis, bars)));
    return new Figure(
        "Ratelab over each peer: " + what,
        "At 1 both have the same value; a mark to the right means that Ratelab's is larger. The line of a mark is the"
            + " ratio's 95 % interval, or the widest that those of both values allow: where it crosses 1, the run does not"
            + " tell them apart.",
        charts);
  }

  private static int mostThreads(Measurement peer, List<Pair> pairs) {
    return pairs.stream()
        .map(Pair::other)
        .filter(other -> Names.place(other).equals(Names.place(peer)))
        .filter(other -> other.workload().equals(peer.workload()))
        .mapToInt(Measurement::threads)
        .max()
        .orElseThrow();
  }

  private static Table table(String what, List<Pair> pairs) {
    return new Table.Of<Pair>()
        .text("peer", pair -> Names.subject(pair.other()))
        .text("where", pair -> Names.place(pair.other()))
        .text("load", pair -> Names.load(pair.other()))
        .measured("its value", Pair::other)
        .text("beside our", PeersPage::beside)
        .measured("Ratelab's", Pair::ours)
        .numberCell("Ratelab / peer", Pair::ratio)
        .rows(Names.sentence(what), pairs);
  }

  private static String beside(Pair pair) {
    String place = Names.place(pair.ours());
    String algorithm = pair.ours().algorithm();
    return place.equals(Names.place(pair.other())) ? algorithm : algorithm + ", " + place;
  }

  private static Table limits(ReportedRun run) {
    List<Pair> pairs = new ArrayList<>();
    LIMITED.forEach((experiment, metrics) -> metrics.forEach(metric -> {
      List<Measurement> all = run.metric(experiment, metric);
      all.stream()
          .filter(Algorithms::isOurs)
          .flatMap(ours -> all.stream()
              .filter(limit -> Algorithms.isLimit(limit) && isOver(ours, limit))
              .map(limit -> new Pair(ours, limit)))
          .forEach(pairs::add);
    }));
    return new Table.Of<Pair>()
        .text("metric", Pair::metric)
        .text("algorithm", pair -> Names.subject(pair.ours()))
        .text("where", pair -> Names.place(pair.ours()))
        .text("load", pair -> Names.load(pair.ours()))
        .measured("Ratelab's", Pair::ours)
        .text("limit", pair -> pair.other().workload())
        .measured("its value", Pair::other)
        .numberCell("Ratelab / limit", Pair::ratio)
        .rows("Ratelab over the physical limits", pairs);
  }

  // A server that decides nothing is the limit of every backend behind it.
  private static boolean isOver(Measurement ours, Measurement limit) {
    return Panel.isFor(ours, limit)
        || (limit.backend().equals(Measurement.NONE) && limit.threads() == ours.threads());
  }
}
