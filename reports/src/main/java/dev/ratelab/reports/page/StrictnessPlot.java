package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Spot;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** The plot of the first screen: what each algorithm lets through at worst, against its price. */
final class StrictnessPlot {
  private final double limit;
  private final List<Measurement> worst;

  private StrictnessPlot(ReportedRun run, double limit) {
    this.limit = limit;
    this.worst = BurstPage.worst(run);
  }

  /** Without a plot if the run has not measured both in any place. */
  static Figure figure(ReportedRun run, List<BackendSummary> places) {
    StrictnessPlot plot =
        new StrictnessPlot(run, run.parameter(BurstPage.ID, "limit").orElse(Double.NaN));
    List<Chart> charts = new ArrayList<>();
    for (BackendSummary place : places) {
      List<Spot> spots = place.rates().stream()
          .flatMap(ours -> plot.spot(place, ours).stream())
          .toList();
      if (!spots.isEmpty()) {
        Measurement most = place.limit();
        DoubleStream prices = spots.stream().mapToDouble(Spot::y);
        charts.add(new Chart.Strictness(
            Names.sentence(place.name()),
            new Axis("admitted in one window at worst, E(W)/N", "linear", "1"),
            most == null
                ? Axis.of("decisions a second", "1/s", prices)
                : Axis.of("share of " + most.workload(), "share", prices),
            spots));
      }
    }
    return new Figure(
        "Strictness against price",
        "left lets less through, higher is cheaper. Lines are 95 % intervals: where they overlap, the run does not"
            + " tell two apart.",
        charts);
  }

  private Optional<Spot> spot(BackendSummary place, Measurement rate) {
    Optional<Measurement> through = worst.stream()
        .filter(m -> m.subject().equals(rate.subject()) && m.algorithm().equals(rate.algorithm()))
        .findFirst();
    Measurement most = place.limit();
    Optional<Ratio> price = most == null
        ? Optional.of(new Ratio(Measurement.NONE, rate.value(), rate.low(), rate.high()))
        : Ratio.of(rate, most);
    if (Double.isNaN(limit) || through.isEmpty() || price.isEmpty()) {
      return Optional.empty();
    }
    double admitted = through.get().value() / limit;
    List<String> facts = new ArrayList<>();
    facts.add("%s × N in one window at worst".formatted(Numbers.ratio(admitted)));
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
        admitted,
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
