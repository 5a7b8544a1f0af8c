package dev.ratelab.reports.page;

import dev.ratelab.reports.baseline.Comparison;
import dev.ratelab.reports.baseline.Comparison.Row;
import dev.ratelab.reports.baseline.Comparison.Verdict;
import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Results;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Two runs as one Markdown table, what got worse first. */
public final class ComparisonPage {
  private ComparisonPage() {}

  /**
   * The text.
   *
   * @param threshold the one that the comparison was made with, for the sentence that explains it
   */
  public static String of(Comparison comparison, Results run, Results baseline, double threshold) {
    StringBuilder page = new StringBuilder();
    page.append("%d rows compared: %d worse, %d better, %d changed without a better direction.\n"
        .formatted(
            comparison.rows().size(),
            comparison.count(Verdict.WORSE),
            comparison.count(Verdict.BETTER),
            comparison.count(Verdict.CHANGED)));
    page.append(
        "A row has changed if the two 95 %% intervals do not meet and the values differ by more than %s of the smaller.\n\n"
            .formatted(Numbers.share(threshold)));
    differences(page, "environment", run.environment(), baseline.environment());
    differences(page, "parameter", run.parameters(), baseline.parameters());
    page.append(Markdown.table(new Table(
        "Ratio is this run over its baseline",
        List.of(
            Column.text("experiment"),
            Column.text("algorithm"),
            Column.text("where"),
            Column.text("load"),
            Column.text("metric"),
            Column.number("baseline"),
            Column.number("this run"),
            Column.number("ratio"),
            Column.text("verdict")),
        comparison.rows().stream()
            .sorted(Comparator.comparing(Row::verdict))
            .map(ComparisonPage::row)
            .toList())));
    missing(page, "Only in the baseline", comparison.onlyInBaseline());
    missing(page, "Only in this run", comparison.onlyInRun());
    return page.toString();
  }

  private static List<Cell> row(Row row) {
    Measurement now = row.now();
    return List.of(
        Cell.of(now.experiment()),
        Cell.of(Names.subject(now)),
        Cell.of(Names.place(now)),
        Cell.of(Names.load(now)),
        Cell.of(now.metric()),
        Cell.of(row.before()),
        Cell.of(now),
        Cell.of(Double.isFinite(row.ratio()) ? Numbers.ratio(row.ratio()) : "∞"),
        Cell.of(row.verdict().name().toLowerCase(Locale.ROOT)));
  }

  // A change of the machine or of the load explains more than any number below. The date always
  // differs.
  private static void differences(
      StringBuilder page, String what, Map<String, String> run, Map<String, String> baseline) {
    Map<String, String> all = new LinkedHashMap<>(baseline);
    all.putAll(run);
    List<String> lines = new ArrayList<>();
    for (String name : all.keySet()) {
      String before = baseline.getOrDefault(name, "not given");
      String now = run.getOrDefault(name, "not given");
      if (!name.equals("date") && !before.equals(now)) {
        lines.add("- %s: %s → %s\n"
            .formatted(Markdown.text(name), Markdown.text(before), Markdown.text(now)));
      }
    }
    if (!lines.isEmpty()) {
      page.append("Not the same %s in the two runs:\n\n".formatted(what));
      lines.forEach(page::append);
      page.append('\n');
    }
  }

  private static void missing(StringBuilder page, String title, List<Measurement> rows) {
    if (rows.isEmpty()) {
      return;
    }
    page.append("\n%s (%d):\n\n".formatted(title, rows.size()));
    for (Measurement m : rows) {
      page.append("- ").append(Markdown.text(m.identity().toString())).append('\n');
    }
  }
}
