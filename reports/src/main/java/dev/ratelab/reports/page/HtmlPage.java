package dev.ratelab.reports.page;

import static dev.ratelab.reports.page.Html.text;

import dev.ratelab.reports.results.ResultsDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A report as one HTML document that needs no other file and no network: style, script, plotting
 * library and the plots' data are inside.
 */
public final class HtmlPage {
  private final Report report;
  private final Figures figures = new Figures();

  private HtmlPage(Report report) {
    this.report = report;
  }

  /** The document's text. */
  public static String of(Report report) throws IOException {
    return new HtmlPage(report).document();
  }

  private String document() throws IOException {
    Map<String, String> slots = new LinkedHashMap<>();
    slots.put("facts", text(facts()));
    slots.put("answer", text(report.overview().answer()));
    slots.put("warnings", warnings());
    slots.put("overview", Html.table(report.overview().table()));
    slots.put("notes", text(String.join(" ", report.overview().notes())));
    slots.put("headline", figures.html(report.headline()));
    slots.put(
        "contents",
        report.sections().stream()
            .map(section -> "<a href=\"#%s\" title=\"%s\">%s</a>"
                .formatted(section.id(), text(section.title()), text(section.name())))
            .collect(Collectors.joining("\n")));
    slots.put(
        "sections", report.sections().stream().map(this::section).collect(Collectors.joining()));
    slots.put("unanswered", unanswered());
    slots.put("allWarnings", allWarnings());
    slots.put("peers", report.peers().stream().map(Html::table).collect(Collectors.joining()));
    slots.put("environment", facts("Where it ran", report.results().environment()));
    slots.put("parameters", facts("What it was asked to do", report.results().parameters()));
    slots.put("results", ResultsDirectory.FILE);
    slots.put("count", Numbers.count(report.results().measurements().size()));
    slots.put("everything", Html.table(Tables.everything(report.results().measurements())));
    slots.put("charts", figures.json());
    return PageFiles.filled("report.html", slots);
  }

  private String facts() {
    Map<String, String> environment = report.results().environment();
    Map<String, String> parameters = report.results().parameters();
    List<String> facts = new ArrayList<>();
    if (!report.policy().isEmpty()) {
      facts.add(report.policy());
    }
    for (String name : List.of("cpu", "cores", "jvm", "redis", "date")) {
      String value = environment.getOrDefault(name, "");
      if (!value.isBlank()) {
        facts.add(name.equals("cores") ? value + (value.equals("1") ? " core" : " cores") : value);
      }
    }
    if (parameters.containsKey("profile")) {
      facts.add("profile " + parameters.get("profile"));
    }
    return String.join(" · ", facts);
  }

  private String warnings() {
    if (report.warnings().isEmpty()) {
      return "";
    }
    // Folded: the answer must fit on the first screen, however much there is to say about the
    // machine.
    return """
        <details class="warnings">
        <summary><strong>Before you believe a number:</strong> %s</summary>
        %s</details>
        """.formatted(
            report.warnings().size() == 1 ? "a warning" : report.warnings().size() + " warnings",
            items(report.warnings()));
  }

  private String allWarnings() {
    return report.warnings().isEmpty()
        ? ""
        : "<h3>Before you believe a number</h3>\n" + items(report.warnings());
  }

  private String unanswered() {
    return report.unanswered().isEmpty() ? "" : """
            <h3>Not measured in this run</h3>
            <p>It was stopped before, was not asked for this, or had no Redis.</p>
            %s""".formatted(items(report.unanswered()));
  }

  private static String items(List<String> sentences) {
    return sentences.stream()
        .map(sentence -> "<li>" + text(sentence) + "</li>")
        .collect(Collectors.joining("\n", "<ul>\n", "\n</ul>\n"));
  }

  private String section(Section section) {
    return """
        <section id="%s" class="page">
        <h2>%s</h2>
        <p class="lead">%s</p>
        %s%s</section>
        """.formatted(
            section.id(),
            text(section.title()),
            text(section.lead()),
            section.figures().stream().map(figures::html).collect(Collectors.joining()),
            section.tables().stream().map(Html::folded).collect(Collectors.joining()));
  }

  private static String facts(String caption, Map<String, String> facts) {
    return Html.table(new Table.Of<Map.Entry<String, String>>()
        .text("name", Map.Entry::getKey)
        .text("value", Map.Entry::getValue)
        .rows(caption, facts.entrySet()));
  }
}
