package dev.ratelab.reports.page;

import dev.ratelab.reports.baseline.Change;
import dev.ratelab.reports.baseline.Comparison;
import dev.ratelab.reports.baseline.Comparison.Row;
import dev.ratelab.reports.baseline.Comparison.Verdict;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Two runs as Markdown for a pull request: what changed in a table, worse first, and the rest folded away. */
public final class ComparisonPage {
  private ComparisonPage() {}

  /**
   * The text.
   *
   * @param threshold the one that the comparison was made with, for the sentence that explains it
   */
  public static String of(Comparison comparison, Results run, Results baseline, double threshold) {
    StringBuilder page = new StringBuilder();
    page.append("%s compared: %s worse, %s better, %s changed without a better direction.\n"
        .formatted(
            Numbers.counted(comparison.rows().size(), "row"),
            comparison.count(Verdict.WORSE),
            comparison.count(Verdict.BETTER),
            comparison.count(Verdict.CHANGED)));
    int missing = comparison.onlyInBaseline().size();
    if (missing > 0) {
      page.append("Not judged: %s of the baseline that this run has not measured.\n"
          .formatted(Numbers.counted(missing, "row")));
    }
    page.append(
        "A row has changed if its values differ by more than %s of the smaller, and by more than chance: p, adjusted for the number of rows, is at most %s.\n\n"
            .formatted(Numbers.share(threshold), Numbers.plain(Comparison.SIGNIFICANCE)));
    if (comparison.rows().stream().anyMatch(row -> !row.limit().isEmpty())) {
      page.append(
          "Where a ratio names a physical limit, it compares the two runs' shares of that limit, each measured turn by turn.\n\n");
    }
    machine(page, comparison);
    differences(page, "environment", run.environment(), baseline.environment());
    for (Notice.Kind kind : Notice.Kind.values()) {
      differences(
          page, kind.name().toLowerCase(Locale.ROOT), named(run, kind), named(baseline, kind));
    }
    differences(page, "parameter", run.parameters(), baseline.parameters());
    List<Row> same =
        comparison.rows().stream().filter(row -> row.verdict() == Verdict.SAME).toList();
    if (same.size() < comparison.rows().size()) {
      page.append(table(comparison.rows().stream()
          .filter(row -> row.verdict() != Verdict.SAME)
          .toList()));
    }
    if (!same.isEmpty()) {
      page.append("\n<details><summary>The same in both: %s</summary>\n\n"
          .formatted(Numbers.counted(same.size(), "row")));
      page.append(table(same)).append("\n</details>\n");
    }
    missing(page, "Only in the baseline", comparison.onlyInBaseline());
    missing(page, "Only in this run", comparison.onlyInRun());
    return page.toString();
  }

  private static String table(List<Row> rows) {
    return Markdown.table(new Table.Of<Row>()
        .text("experiment", row -> row.now().experiment())
        .text("algorithm", row -> Names.subject(row.now()))
        .text("where", row -> Names.place(row.now()))
        .text("load", row -> Names.load(row.now()))
        .text("metric", row -> row.now().metric())
        .measured("baseline", Row::before)
        .measured("this run", Row::now)
        .number("ratio", row -> ratio(row.change(), row.limit()))
        .number("p", row -> row.exact() ? "exact" : p(row.p()))
        .text("verdict", row -> row.verdict().name().toLowerCase(Locale.ROOT))
        .rows(
            "Ratio is this run over its baseline, with its 95 % interval",
            rows.stream().sorted(Comparator.comparing(Row::verdict)).toList()));
  }

  private static String ratio(Change change, String limit) {
    if (!Double.isFinite(change.ratio())) {
      return "∞";
    }
    String ratio = "%s %s".formatted(Numbers.ratio(change.ratio()), limit).strip();
    return Double.isNaN(change.low()) || change.low() == change.high()
        ? ratio
        : "%s [%s … %s]"
            .formatted(ratio, Numbers.ratio(change.low()), Numbers.ratio(change.high()));
  }

  private static String p(double p) {
    return p < 0.001 ? "< 0.001" : String.format(Locale.ROOT, "%.3f", p);
  }

  // What no change of ours can touch: if it moved, so did everything else.
  private static void machine(StringBuilder page, Comparison comparison) {
    comparison
        .machine("throughput", Metric.OPERATIONS)
        .ifPresent(ratio -> page.append(
            "The physical limits of throughput, which no change of Ratelab touches, are at %s times the baseline's (median): that much is the machine's doing.\n\n"
                .formatted(Numbers.ratio(ratio))));
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

  private static Map<String, String> named(Results run, Notice.Kind kind) {
    return run.notices(kind).stream()
        .collect(Collectors.toMap(Notice::name, Notice::text, (a, b) -> b, LinkedHashMap::new));
  }

  private static void missing(StringBuilder page, String title, List<Measurement> rows) {
    if (rows.isEmpty()) {
      return;
    }
    page.append("\n%s (%s):\n\n".formatted(title, rows.size()));
    for (Measurement m : rows) {
      page.append("- ").append(Markdown.text(m.identity().toString())).append('\n');
    }
  }
}
