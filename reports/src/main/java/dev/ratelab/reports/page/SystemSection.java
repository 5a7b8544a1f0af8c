package dev.ratelab.reports.page;

import static dev.ratelab.reports.page.Html.text;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.results.ConformEvidence;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.ConformVerdict.Found;
import dev.ratelab.reports.results.ConformVerdict.Promised;
import dev.ratelab.reports.results.ResultsException;
import dev.ratelab.reports.results.Scoreboard.Allowed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** All about one system: what it promises, what was tried, and each finding with its evidence. */
final class SystemSection {
  private final Path directory;
  private final Figures figures;

  /** Sections whose plots are among the figures given. */
  SystemSection(Path directory, Figures figures) {
    this.directory = directory;
    this.figures = figures;
  }

  /**
   * The section.
   *
   * @param back a link to the page's table, or empty
   */
  String html(TestedSystem system, String back) throws IOException {
    StringBuilder findings = new StringBuilder();
    for (Found found : system.verdict().findings()) {
      findings.append(finding(system, found));
    }
    return """
        <section id="%s" class="page">
        %s<h2>%s</h2>
        <p class="lead"><strong>%s</strong> %s</p>
        %s%s%s%s</section>
        """.formatted(
            system.id(),
            back,
            text(title(system.verdict())),
            text(system.sentence()),
            text(effort(system.verdict())),
            untried(system.verdict()),
            promise(system),
            Html.table(tried(system)),
            findings);
  }

  static String title(ConformVerdict verdict) {
    String version = verdict.version().isEmpty() ? "" : " " + verdict.version();
    return verdict.name() + version;
  }

  private static String effort(ConformVerdict verdict) {
    return "%s for %s in %s s; at most %s of one key were surely admitted within a window."
        .formatted(
            Numbers.counted(verdict.requests(), "request"),
            Numbers.counted(verdict.keys(), "key"),
            Numbers.count(Math.round(verdict.seconds())),
            Numbers.count(verdict.mostInWindow()));
  }

  private static String untried(ConformVerdict verdict) {
    return verdict.untried().stream()
        .map(part -> "<p class=\"warnings\">Could not be tried: %s</p>\n".formatted(text(part)))
        .collect(Collectors.joining());
  }

  private static String promise(TestedSystem system) {
    Promised promise = system.verdict().promise();
    String held = "%s per %s%s"
        .formatted(
            Numbers.counted(promise.permits(), "permit"),
            Numbers.micros((double) promise.windowMicros()),
            promise.burst() == promise.permits()
                ? ""
                : ", burst " + Numbers.count(promise.burst()));
    String what = !system.promised().equals(TestedSystem.NONE)
        ? "It was held to %s, %s.".formatted(promise.algorithm(), held)
        : system.judged()
            ? "It promises none of the seven algorithms; it was held to the one that it behaves like, %s, %s."
                .formatted(promise.algorithm(), held)
            : "It was asked to keep " + held + ".";
    return "<p>%s</p>\n%s".formatted(text(what), quotation(promise.words(), promise.link()));
  }

  /** What its documentation says, and where. */
  private static String quotation(String words, String link) {
    if (words.isEmpty()) {
      return "";
    }
    return "<blockquote><p>“%s”%s</p></blockquote>\n"
        .formatted(
            text(words),
            link.startsWith("https://")
                ? " <a href=\"%s\">its documentation</a>".formatted(text(link))
                : link.isEmpty() ? "" : " " + text(link));
  }

  private static Table tried(TestedSystem system) {
    return new Table.Of<TestedPart>()
        .text("tried", TestedPart::title)
        .cell("seen", part -> seen(part, system))
        .text("what", TestedPart::question)
        .rows("What was tried", List.of(TestedPart.values()));
  }

  /** Without the link that leads here. */
  private static Cell seen(TestedPart part, TestedSystem system) {
    Cell cell = part.cell(system);
    return ("#" + system.id()).equals(cell.link()) ? Cell.of(cell.text(), cell.note()) : cell;
  }

  private String finding(TestedSystem system, Found found) throws IOException {
    String allowed = system.allows(found).map(SystemSection::allowed).orElse("");
    return """
        <div id="%s" class="finding">
        <h3>It %s</h3>
        <p>%s. %s</p>
        %s<p class="notes">Attack %s; %s show%s it. The requests and the curve: <a href="%s">%s</a>.</p>
        %s</div>
        """.formatted(
            system.id(found),
            text(found.title()),
            text(Names.sentence(found.sentence())),
            allowed.isEmpty() ? "" : "<strong>Its documentation allows that.</strong>",
            allowed,
            text(found.attack()),
            Numbers.counted(found.keys(), "key"),
            found.keys() == 1 ? "s" : "",
            text(found.file()),
            text(found.file()),
            evidence(found));
  }

  private static String allowed(Allowed allowed) {
    return quotation(allowed.words(), allowed.link());
  }

  private String evidence(Found found) throws IOException {
    try {
      ConformEvidence evidence = ConformEvidence.read(directory, found.file());
      return figures.html(EvidencePlots.figure(evidence))
          + Html.folded(EvidencePlots.table(evidence));
    } catch (ResultsException e) {
      return "<p class=\"warnings\">%s</p>\n".formatted(text(String.valueOf(e.getMessage())));
    }
  }
}
