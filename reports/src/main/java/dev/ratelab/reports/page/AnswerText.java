package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Ratio;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;

/** What the run says, in words. It claims a difference only where two 95 % intervals have no value in common. */
final class AnswerText {
  private AnswerText() {}

  static String of(ReportedRun run, List<BackendSummary> places) {
    if (Algorithms.measured(run.results().measurements()).isEmpty()) {
      return "This run has not measured an algorithm yet.";
    }
    List<String> sentences = new ArrayList<>();
    strictest(run, sentences);
    dearest(places, BackendSummary::rates).ifPresent(place -> speed(place, sentences));
    dearest(places, BackendSummary::bytes).ifPresent(place -> size(place, sentences));
    return sentences.isEmpty()
        ? "This run has measured neither bursts nor speed of several algorithms: see its pages."
        : String.join(" ", sentences);
  }

  /** Redis first: there the price is paid by everybody who shares it. */
  private static Optional<BackendSummary> dearest(
      List<BackendSummary> places, Function<BackendSummary, List<Measurement>> rows) {
    return places.stream()
        .filter(place -> rows.apply(place).size() > 1)
        .max(Comparator.comparing(place -> place.name().startsWith("Redis")));
  }

  /** Who holds N in every window: as measured, and by its bound where the run has one. */
  private static void strictest(ReportedRun run, List<String> sentences) {
    OptionalDouble limit = run.parameter(BurstPage.ID, "limit");
    List<Measurement> ours =
        BurstPage.worst(run).stream().filter(Algorithms::isOurs).toList();
    if (limit.isEmpty() || ours.isEmpty()) {
      return;
    }
    double n = limit.getAsDouble();
    List<Measurement> bounds = run.metric(BurstPage.ID, Metric.BOUND_IN_WINDOW);
    List<String> strict = ours.stream()
        .map(Measurement::algorithm)
        .filter(algorithm -> Stream.concat(ours.stream(), bounds.stream())
            .filter(m -> m.algorithm().equals(algorithm) && Algorithms.isOurs(m))
            .allMatch(m -> m.value() <= n))
        .toList();
    double most = ours.stream().mapToDouble(Measurement::value).max().orElseThrow() / n;
    String others = "let up to %s N through".formatted(Numbers.ratio(most));
    if (strict.size() == ours.size()) {
      sentences.add(
          ours.size() == 1
              ? "%s holds N in every window.".formatted(strict.get(0))
              : "All %s algorithms hold N in every window.".formatted(ours.size()));
    } else if (strict.isEmpty()) {
      sentences.add("No algorithm holds N in every window; they %s.".formatted(others));
    } else {
      sentences.add("Only %s %s N in every window; the others %s."
          .formatted(Names.list(strict), strict.size() == 1 ? "holds" : "hold", others));
    }
  }

  private static void speed(BackendSummary place, List<String> sentences) {
    Measurement fastest = place.rates().stream()
        .max(Comparator.comparingDouble(Measurement::value))
        .orElseThrow();
    List<Measurement> slower = place.rates().stream()
        .filter(m -> !Ratio.meet(m, fastest))
        .sorted(Comparator.comparingDouble(Measurement::value))
        .toList();
    String where = place.name().startsWith("Redis")
        ? "On " + place.name()
        : Names.sentence("in " + place.name());
    if (slower.isEmpty()) {
      sentences.add("%s their speeds cannot be told apart%s.".formatted(where, shares(place)));
      return;
    }
    List<String> shares = slower.stream()
        .map(m -> Numbers.wholeShare(m.value() / fastest.value()))
        .toList();
    if (slower.size() <= 2) {
      sentences.add("%s only %s %s measurably slower than the fastest, %s: %s of its speed."
          .formatted(
              where,
              Names.list(slower.stream().map(Measurement::algorithm).toList()),
              slower.size() == 1 ? "is" : "are",
              fastest.algorithm(),
              Names.list(shares)));
      return;
    }
    List<String> alike = place.rates().stream()
        .filter(m -> !slower.contains(m) && !m.equals(fastest))
        .map(Measurement::algorithm)
        .toList();
    int last = slower.size() - 1;
    sentences.add("%s; the other %s make %s (%s) to %s (%s) of its speed."
        .formatted(
            alike.isEmpty()
                ? "%s %s is fastest".formatted(where, fastest.algorithm())
                : "%s %s cannot be told from the fastest, %s"
                    .formatted(where, Names.list(alike), fastest.algorithm()),
            slower.size(),
            shares.get(0),
            slower.get(0).algorithm(),
            shares.get(last),
            slower.get(last).algorithm()));
  }

  private static String shares(BackendSummary place) {
    DoubleSummaryStatistics shares = place.rates().stream()
        .flatMap(m -> place.share(m.algorithm()).stream())
        .mapToDouble(Ratio::value)
        .summaryStatistics();
    return shares.getCount() == 0
        ? ""
        : ": %s to %s of the physical limit"
            .formatted(Numbers.wholeShare(shares.getMin()), Numbers.wholeShare(shares.getMax()));
  }

  private static void size(BackendSummary place, List<String> sentences) {
    Measurement smallest = place.bytes().stream()
        .min(Comparator.comparingDouble(Measurement::value))
        .orElseThrow();
    place.bytes().stream()
        .filter(m -> !Ratio.meet(m, smallest))
        .max(Comparator.comparingDouble(Measurement::value))
        .ifPresent(largest -> sentences.add("Most is kept by %s: %s a key (%s), %s that of %s."
            .formatted(
                largest.algorithm(),
                Numbers.value(largest),
                place.name(),
                Numbers.times(largest.value() / smallest.value()),
                smallest.algorithm())));
  }
}
