package dev.ratelab.reports.page;

import dev.ratelab.reports.page.Chart.Axis;
import dev.ratelab.reports.page.Chart.Line;
import dev.ratelab.reports.page.Chart.Mark;
import dev.ratelab.reports.page.Section.Figure;
import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Timeline;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which properties were tried on which implementations, whether they held, and what broke them. */
final class VerificationPage {
  static final String ID = "verification";
  private static final int LONGEST_MESSAGE = 300;

  private VerificationPage() {}

  static Section section(ReportedRun run) {
    List<Measurement> rows = rows(run);
    return new Section(
        ID, "Properties", "Is it proved?", lead(run), List.of(), List.of(matrix(rows)));
  }

  /** What broke them; empty if nothing did. */
  static Optional<Section> counterexamples(ReportedRun run) throws IOException {
    List<Chart> charts = new ArrayList<>();
    List<Measurement> broken = rows(run).stream().filter(row -> row.value() < 1).toList();
    Map<Measurement, String> messages = new HashMap<>();
    for (Measurement row : broken) {
      run.timeline(row.raw()).ifPresent(found -> {
        messages.put(row, shortened(found.message()));
        if (!found.decisions().isEmpty()) {
          charts.add(chart(row, found));
        }
      });
    }
    if (broken.isEmpty()) {
      return Optional.empty();
    }
    Table table = new Table.Of<Measurement>()
        .text("property", Measurement::workload)
        .text("algorithm", Measurement::algorithm)
        .text("where", Names::place)
        .text("what was wrong", row -> messages.getOrDefault(row, ""))
        .cell("file", row -> Cell.link(row.raw()))
        .rows("What was wrong", broken);
    return Optional.of(new Section(
        "counterexamples",
        "Counterexamples",
        "What broke it?",
        "Each is as small as could be found. ./ratelab verify --replay FILE runs one again.",
        List.of(new Figure(
            "What was decided",
            "each mark is a request, as high as its cost; those that came at once stand side by side. For the sliding"
                + " window counter, the lines are what it believes was admitted within the last window, and what was.",
            charts)),
        List.of(table)));
  }

  /** In the order of the run, which is the catalogue's: sorted by algorithm, the properties would be shuffled. */
  private static List<Measurement> rows(ReportedRun run) {
    return run.results().measurements().stream()
        .filter(m -> Metric.PROPERTY.is(m))
        .toList();
  }

  private static String lead(ReportedRun run) {
    String untried = run.results().notices(Notice.Kind.UNTRIED).stream()
        .map(notice -> " " + notice.text() + ".")
        .collect(Collectors.joining());
    return "Each property was tried on generated cases; one counterexample is enough for a no."
        + untried;
  }

  /** A row for each property, a column for each implementation: in how many cases it held, all algorithms together. */
  private static Table matrix(List<Measurement> rows) {
    Table.Of<List<Measurement>> table =
        new Table.Of<List<Measurement>>().text("property", tried -> tried.get(0).workload());
    rows.stream()
        .map(Names::place)
        .distinct()
        .forEach(place -> table.numberCell(
            place,
            tried ->
                cell(tried.stream().filter(m -> Names.place(m).equals(place)).toList())));
    return table.rows(
        "Properties, and the cases in which they held, all algorithms together",
        ReportedRun.by(Measurement::workload, rows).values());
  }

  private static Cell cell(List<Measurement> algorithms) {
    if (algorithms.isEmpty()) {
      return Cell.of("–");
    }
    String broken = algorithms.stream()
        .filter(row -> row.value() < 1)
        .map(Measurement::algorithm)
        .collect(Collectors.joining(", "));
    return broken.isEmpty()
        ? Cell.of(
            Numbers.count(algorithms.stream().mapToDouble(Measurement::samples).sum()))
        : Cell.of("BROKEN", broken);
  }

  /** Time counts from the first request, because a plot's axis has too few digits for an instant. */
  private static Chart chart(Measurement row, Timeline timeline) {
    long first = timeline.decisions().stream()
        .mapToLong(Timeline.Decided::atMicros)
        .min()
        .orElseThrow();
    List<Line> lines = new ArrayList<>();
    for (Timeline.Line series : timeline.series()) {
      List<double[]> points = series.points().stream()
          .map(point -> new double[] {point.atMicros() - first, point.value()})
          .toList();
      String style = series.name().equals("truth") ? "bound" : row.algorithm();
      lines.add(new Line(series.name(), style, 0, false, points));
    }
    return new Chart.Timeline(
        "%s, %s, %s".formatted(row.workload(), row.algorithm(), Names.place(row)),
        new Axis("since the first request", "linear", "us"),
        new Axis("cost, permits", "linear", "1"),
        timeline.decisions().stream()
            .map(decision ->
                new Mark(decision.atMicros() - first, decision.cost(), decision.allowed()))
            .toList(),
        lines);
  }

  private static String shortened(String message) {
    return message.length() <= LONGEST_MESSAGE
        ? message
        : message.substring(0, LONGEST_MESSAGE) + "…";
  }
}
