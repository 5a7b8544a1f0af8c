package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Spot;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** The plot of the first screen: what each algorithm lets through at worst, against its price. */
final class StrictnessPlot {
  private final double limit;
  private final List<Measurement> worst;

  private StrictnessPlot(ReportedRun run, double limit) {
    this.limit = limit;
    this.worst = BurstPage.worst(run);
  }

  /** Empty if the run has not measured both in any place. */
  static Optional<Figure> figure(ReportedRun run, List<BackendSummary> places) {
    OptionalDouble limit = run.parameter(BurstPage.ID, "limit");
    if (limit.isEmpty()) {
      return Optional.empty();
    }
    StrictnessPlot plot = new StrictnessPlot(run, limit.getAsDouble());
    List<Chart> charts = new ArrayList<>();
    for (BackendSummary place : places) {
      List<Spot> spots = plot.spots(place);
      if (!spots.isEmpty()) {
        Measurement most = place.limit();
        charts.add(new Chart.Strictness(
            Names.sentence(place.name()),
            new Axis("admitted in one window at worst, E(W)/N", "linear", "1"),
            most == null
                ? Axis.of("decisions a second", "1/s", spots.stream().mapToDouble(Spot::y))
                : Axis.of(
                    "share of " + most.workload(), "share", spots.stream().mapToDouble(Spot::y)),
            spots));
      }
    }
    return charts.isEmpty()
        ? Optional.empty()
        : Optional.of(new Figure(
            "Strictness against price",
            "left lets less through, higher is cheaper. Lines are 95 % intervals: where they overlap, the run does not"
                + " tell two apart.",
            false,
            charts));
  }

  private List<Spot> spots(BackendSummary place) {
    List<Spot> spots = new ArrayList<>();
    for (Measurement ours : place.rates()) {
      spot(place, ours).ifPresent(spots::add);
    }
    return spots;
  }

  private Optional<Spot> spot(BackendSummary place, Measurement rate) {
    Optional<Measurement> through = worst.stream()
        .filter(m -> m.subject().equals(rate.subject()) && m.algorithm().equals(rate.algorithm()))
        .findFirst();
    Measurement most = place.limit();
    Optional<Ratio> price = most == null
        ? Optional.of(new Ratio(rate.value(), rate.low(), rate.high()))
        : Ratio.of(rate, most);
    if (through.isEmpty() || price.isEmpty()) {
      return Optional.empty();
    }
    List<String> facts = new ArrayList<>();
    facts.add(
        "%s × N in one window at worst".formatted(Numbers.ratio(through.get().value() / limit)));
    facts.add(
        "%s decisions %s".formatted(Numbers.value(rate), Numbers.interval(rate)).strip());
    if (most != null) {
      facts.add("%s of %s [%s … %s]"
          .formatted(
              Numbers.wholeShare(price.get().value()),
              most.workload(),
              Numbers.wholeShare(price.get().low()),
              Numbers.wholeShare(price.get().high())));
    }
    fact(facts, "p99", place.waits(), rate);
    fact(facts, "Redis CPU a decision", place.cpu(), rate);
    fact(facts, "bytes per key", place.bytes(), rate);
    return Optional.of(new Spot(
        rate.algorithm(),
        through.get().value() / limit,
        price.get().value(),
        price.get().low(),
        price.get().high(),
        facts));
  }

  private static void fact(
      List<String> facts, String what, List<Measurement> rows, Measurement rate) {
    Measurement m = BackendSummary.row(rows, rate.algorithm());
    if (m != null) {
      facts.add(
          "%s: %s %s".formatted(what, Numbers.value(m), Numbers.interval(m)).strip());
    }
  }
}
