package dev.ratelab.reports.page;

import dev.ratelab.reports.results.Notice;
import java.util.Locale;
import java.util.Map;

/** A report as Markdown: the same tables, without plots and without the table of everything. */
public final class MarkdownPage {
  private MarkdownPage() {}

  /** The document's text. */
  public static String of(Report report) {
    StringBuilder page = new StringBuilder("# Ratelab results\n\n");
    if (!report.policy().isEmpty()) {
      page.append("Policy: ").append(text(report.policy())).append(".\n\n");
    }
    report
        .warnings()
        .forEach(warning -> page.append("> **Warning:** ").append(text(warning)).append("\n\n"));
    page.append(text(report.overview().answer())).append("\n\n");
    page.append(Markdown.table(report.overview().table()));
    report
        .overview()
        .notes()
        .forEach(note -> page.append("- ").append(text(note)).append('\n'));
    for (Section section : report.sections()) {
      page.append("\n## ").append(section.title()).append("\n\n");
      page.append(text(section.lead())).append("\n");
      section.tables().forEach(table -> page.append('\n').append(Markdown.table(table)));
    }
    if (!report.unanswered().isEmpty()) {
      page.append("\n## Not measured in this run\n\n");
      report
          .unanswered()
          .forEach(question -> page.append("- ").append(text(question)).append('\n'));
    }
    page.append("\n## Environment\n\n");
    facts(page, report.results().environment());
    report.results().notices().stream()
        .filter(notice -> notice.kind() != Notice.Kind.WARNING)
        .forEach(notice -> facts(
            page,
            Map.of(
                "%s, %s".formatted(notice.kind().name().toLowerCase(Locale.ROOT), notice.name()),
                notice.text())));
    facts(page, report.results().parameters());
    return page.toString();
  }

  private static void facts(StringBuilder page, Map<String, String> facts) {
    facts.forEach((name, value) ->
        page.append("- ").append(text(name)).append(": ").append(text(value)).append('\n'));
  }

  private static String text(String plain) {
    return Markdown.text(plain);
  }
}
