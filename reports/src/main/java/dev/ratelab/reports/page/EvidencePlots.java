package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Mark;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.results.ConformEvidence;
import dev.ratelab.reports.results.ConformEvidence.Asked;
import dev.ratelab.reports.results.ConformEvidence.Most;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What shows a finding: the requests one by one, and their curve beside the promised bound. */
final class EvidencePlots {
  private static final int MOST_MARKS = 400;
  private static final int MOST_ROWS = 40;

  private EvidencePlots() {}

  static Figure figure(ConformEvidence evidence) {
    List<Chart> charts = new ArrayList<>();
    if (!evidence.admitted().isEmpty()) {
      charts.add(curve(evidence));
    }
    if (!evidence.requests().isEmpty()) {
      charts.add(requests(evidence.requests()));
    }
    return new Figure(
        "The evidence",
        "the curve is the most that was surely admitted within each length of time, beside the most that is promised; each mark on"
            + " the other plot is a request, when it was sent and what it weighs.",
        charts);
  }

  private static Chart curve(ConformEvidence evidence) {
    TreeMap<Long, Double> bound = new TreeMap<>();
    evidence.bound().forEach(most -> bound.put(most.tauMicros(), most.value()));
    List<double[]> within = new ArrayList<>();
    List<double[]> over = new ArrayList<>();
    for (Most most : evidence.admitted()) {
      var promised = bound.floorEntry(most.tauMicros());
      boolean broken = promised != null && most.value() > promised.getValue();
      (broken ? over : within).add(point(most));
    }
    List<Line> lines = new ArrayList<>();
    if (!bound.isEmpty()) {
      List<double[]> steps = evidence.bound().stream().map(EvidencePlots::point).toList();
      lines.add(new Line("promised at most", "bound", 0, true, Curve.of(steps)));
    }
    if (!within.isEmpty()) {
      lines.add(new Line("admitted", "admitted", 0, false, Curve.of(within)));
    }
    if (!over.isEmpty()) {
      lines.add(new Line("admitted, more than promised", "over", 0, false, Curve.of(over)));
    }
    return new Chart.Lines(
        "The most within each length",
        new Axis("length of time", "linear", "us"),
        new Axis("permits", "linear", "1"),
        lines);
  }

  private static double[] point(Most most) {
    return new double[] {most.tauMicros(), most.value()};
  }

  private static Chart requests(List<Asked> requests) {
    long first = first(requests);
    List<Mark> marks = requests.stream()
        .filter(one -> one.allowed() != null)
        .limit(MOST_MARKS)
        .map(one ->
            new Mark(one.sentMicros() - first, one.cost(), Boolean.TRUE.equals(one.allowed())))
        .toList();
    return new Chart.Timeline(
        "The requests",
        new Axis("since the first request", "linear", "us"),
        new Axis("cost, permits", "linear", "1"),
        marks,
        List.of());
  }

  private static long first(List<Asked> requests) {
    return requests.stream().mapToLong(Asked::sentMicros).min().orElse(0);
  }

  /** The requests up to the one that shows it; the last ones where there are many. */
  static Table table(ConformEvidence evidence) {
    List<Asked> all = evidence.requests();
    List<Asked> shown = all.subList(Math.max(0, all.size() - MOST_ROWS), all.size());
    long first = first(all);
    Table.Of<Asked> table = new Table.Of<Asked>()
        .number("sent, ms", one -> millis(one.sentMicros() - first))
        .number("answered, ms", one -> millis(one.answeredMicros() - first));
    if (all.stream().map(Asked::key).distinct().count() > 1) {
      table.number("key", one -> Long.toString(one.key()));
    }
    if (all.stream().map(Asked::instance).distinct().count() > 1) {
      table.number("instance", one -> Long.toString(one.instance()));
    }
    table
        .number("cost", one -> Long.toString(one.cost()))
        .text("decision", EvidencePlots::decision);
    told(table, all, "remaining", Asked::remaining, value -> Long.toString(value));
    told(table, all, "retryAfter, ms", Asked::retryAfterMicros, EvidencePlots::millis);
    told(table, all, "resetAfter, ms", Asked::resetAfterMicros, EvidencePlots::millis);
    return table.rows(
        shown.size() == all.size()
            ? "Its %s, one by one".formatted(Numbers.counted(all.size(), "request"))
            : "The last %s of its %s, one by one"
                .formatted(shown.size(), Numbers.counted(all.size(), "request")),
        shown);
  }

  private static void told(
      Table.Of<Asked> table,
      List<Asked> all,
      String name,
      Function<Asked, @Nullable Long> value,
      Function<Long, String> text) {
    if (all.stream().anyMatch(one -> value.apply(one) != null)) {
      table.numberCell(name, one -> {
        Long told = value.apply(one);
        return Table.Cell.of(told == null ? "–" : text.apply(told));
      });
    }
  }

  private static String decision(Asked one) {
    return one.allowed() == null ? "no answer" : one.allowed() ? "admitted" : "denied";
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.1f", micros / 1e3);
  }
}
