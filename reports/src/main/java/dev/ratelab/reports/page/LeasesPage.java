package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Metric;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** What instances that borrow from Redis win, and how far they are off. */
final class LeasesPage {
  static final String ID = "leases";

  private LeasesPage() {}

  static Section section(ReportedRun run) {
    List<LeaseRow> rows = LeaseRow.of(run);
    List<LeaseRow> speed = having(rows, Metric.OPERATIONS);
    List<LeaseRow> error = having(rows, Metric.EXCESS);
    List<LeaseRow> real = error.stream().filter(row -> !row.simulated()).toList();
    List<LeaseRow> simulated = error.stream().filter(LeaseRow::simulated).toList();
    return new Section(
        ID,
        "Leases",
        "What does a lease buy, and what does it cost?",
        "An instance borrows b permits from a counter on Redis by one decision, and decides by itself until they are spent or L is over. In any τ,"
            + " n instances together admit at most min(E(τ + L − 1), E(τ) + n·b), with E the algorithm's own bound: the error as a formula. Below it is as"
            + " four instances showed it by GCRA on a real clock and one Redis, near the limit eight, and by each algorithm in virtual time.",
        List.of(
            new Figure(
                "Error against Redis calls: too little",
                "Poisson arrivals at four instances, near the limit at eight. To the left Redis is asked less; lower is better: permits that one central counter"
                    + " would have admitted at the same instants and the leases did not. They were borrowed and not spent, or lay on the counter while an instance"
                    + " that it had refused did not ask again. A point for each block size b: the larger, the farther left.",
                charts(real, "poisson", LeaseErrorPlots::under)),
            new Figure(
                "Error against Redis calls: too much",
                "Bursts made for the bound. The most that one key got in one window of any place, in limits N beyond the first; dashed: what the formula allows."
                    + " GCRA by itself may come to 1. A point for each block size b.",
                charts(real, "bursts", LeaseErrorPlots::excess)),
            new Figure(
                "Error against Redis calls by algorithm",
                "Too little in virtual time, in which Redis answers after half a millisecond: L = 1 s, and a point for each b. The first seconds, in which a full"
                    + " counter empties, are left out. GCRA, token bucket and leaky bucket admit the same, so their lines often lie on each other.",
                charts(simulated, "poisson", LeaseErrorPlots::underByAlgorithm)),
            new Figure(
                "Decisions a second against block size",
                "One instance, in a closed loop; higher is better. Dashed grey: the same load without a lease, in the same turns.",
                charts(speed, "", LeaseSpeedPlots::chart))),
        Stream.of(
                Stream.of(LeaseSpeedPlots.targets(speed), LeaseSpeedPlots.table(speed)),
                LeaseErrorPlots.tables(real, "by GCRA, on a real clock").stream(),
                LeaseErrorPlots.tables(simulated, "by each algorithm, in virtual time").stream())
            .flatMap(Function.identity())
            .toList());
  }

  private static List<LeaseRow> having(List<LeaseRow> rows, Metric metric) {
    return rows.stream().filter(row -> row.get(metric) != null).toList();
  }

  private static List<Chart> charts(
      List<LeaseRow> rows, String load, BiFunction<String, List<LeaseRow>, Chart> chart) {
    return LeaseRow.byLoad(rows).entrySet().stream()
        .filter(each -> each.getKey().startsWith(load))
        .map(each -> chart.apply(each.getKey(), each.getValue()))
        .toList();
  }
}
