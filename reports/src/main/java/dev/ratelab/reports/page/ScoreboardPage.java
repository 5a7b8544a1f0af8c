package dev.ratelab.reports.page;

import static dev.ratelab.reports.page.Html.text;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.ConformVerdict.Found;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.ResultsReader;
import dev.ratelab.reports.results.Scoreboard;
import dev.ratelab.reports.results.Scoreboard.Entry;
import dev.ratelab.reports.results.Scoreboard.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Many limiters under one proof: a row each, whose cells lead to their evidence. */
public final class ScoreboardPage {
  private static final int LONGEST_QUOTATION = 90;
  private static final String MEANING =
      "ok: tried, and nothing was found. fault: found, a click shows it. allowed: found, and its documentation allows it. not tried: it"
          + " cannot be asked. unclear: another finding of the row would show here as well.";

  private final Path directory;
  private final Scoreboard board;
  private final List<TestedSystem> tested = new ArrayList<>();
  private final Map<String, Measurement> speeds = new HashMap<>();

  /**
   * The page of a run.
   *
   * @throws dev.ratelab.reports.results.ResultsException if a verdict is malformed
   * @throws IOException if one cannot be read
   */
  public ScoreboardPage(Path directory, Scoreboard board) throws IOException {
    this.directory = directory;
    this.board = board;
    for (Entry entry : board.systems()) {
      if (entry.state() == State.TESTED) {
        ConformVerdict verdict = ConformVerdict.read(directory, ConformVerdict.raw(entry.name()));
        tested.add(new TestedSystem(entry, verdict));
      }
    }
    if (Files.exists(directory.resolve(ResultsDirectory.FILE))) {
      List<Measurement> measured = ResultsReader.read(directory).measurements();
      tested.forEach(system -> measured.stream()
          .filter(row -> isSpeed(row, system.subject()))
          .findFirst()
          .ifPresent(row -> speeds.put(system.name(), row)));
    }
  }

  /** Of the run that measured throughput in the same directory, the first load on one thread. */
  private static boolean isSpeed(Measurement row, String subject) {
    String name = row.subject().equals(Measurement.RATELAB) ? row.algorithm() : row.subject();
    String id = name + "@" + row.backend();
    return row.experiment().equals(ThroughputPage.ID)
        && Metric.OPERATIONS.is(row)
        && row.threads() == 1
        && (subject.equals(id) || subject.equals(id + "/" + row.client()));
  }

  /** The document with the evidence of every finding, which needs no other file and no network. */
  public String html() throws IOException {
    Figures figures = new Figures();
    SystemSection sections = new SystemSection(directory, figures);
    StringBuilder systems = new StringBuilder();
    for (TestedSystem system : tested) {
      systems.append(sections.html(system, "<p><a href=\"#overview\">All systems</a></p>\n"));
    }
    return PageFiles.filled(
        "conform.html",
        Map.of(
            "title",
            "Ratelab scoreboard",
            "contents",
            """
                <a href="#overview">Scoreboard</a>
                <a href="#tried">What is tried</a>
                <a href="#others">Not tested</a>
                """,
            "sections",
            overview() + tried() + others() + systems,
            "charts",
            figures.json()));
  }

  private String overview() {
    return """
        <section id="overview" class="page">
        <header>
        <h1>Which rate limiter keeps its promise?</h1>
        <p class="facts">%s</p>
        </header>
        <p class="answer">%s</p>
        <p class="notes">%s</p>
        <p class="filter" hidden><label for="filter">Show only rows that contain</label> <input id="filter" type="search" autocomplete="off"> <output for="filter"></output></p>
        %s</section>
        """.formatted(
            text(String.join(" · ", board.environment().values())),
            text(answer()),
            text(MEANING),
            Html.table(table()));
  }

  private String answer() {
    List<TestedSystem> judged = tested.stream().filter(TestedSystem::judged).toList();
    long sound = judged.stream().filter(system -> system.faults().isEmpty()).count();
    long findings = judged.stream().mapToLong(system -> system.faults().size()).sum();
    int unjudged = tested.size() - judged.size();
    return "%s of %s systems that were tested showed no fault; the others showed %s.%s"
        .formatted(
            sound,
            judged.size(),
            findings,
            unjudged == 0
                ? ""
                : " %s more cannot be judged: they promise none of the algorithms and behave like none, or were never seen to deny."
                    .formatted(unjudged));
  }

  private Table table() {
    Table.Of<TestedSystem> table = new Table.Of<TestedSystem>()
        .cell(
            "system",
            system -> Cell.of(system.name(), system.verdict().version()).to(system.id()))
        .cell("promise", ScoreboardPage::promise);
    for (TestedPart part : TestedPart.values()) {
      table.column(part.column(), part::cell);
    }
    if (!speeds.isEmpty()) {
      table.measured("speed", system -> speeds.get(system.name()));
    }
    return table.rows("The systems that were tested", tested);
  }

  private static Cell promise(TestedSystem system) {
    ConformVerdict.Promised promise = system.verdict().promise();
    String words = promise.words();
    return new Cell(
        system.promised(),
        words.isEmpty()
            ? ""
            : "“%s”"
                .formatted(
                    words.length() <= LONGEST_QUOTATION
                        ? words
                        : words.substring(0, LONGEST_QUOTATION) + "…"),
        promise.link().startsWith("https://") ? promise.link() : null);
  }

  private String tried() {
    return """
        <section id="tried" class="page">
        <h2>What is tried</h2>
        <p class="lead">Each system is attacked on hundreds of keys, on the real clock. A decision happened somewhere between a request's \
        sending and its answer; what is shown holds wherever in between it was. %s</p>
        %s</section>
        """.formatted(
            text(MEANING),
            Html.table(new Table.Of<TestedPart>()
                .text("column", TestedPart::title)
                .text("question", TestedPart::question)
                .rows("The columns", List.of(TestedPart.values()))));
  }

  private String others() {
    return """
        <section id="others" class="page">
        <h2>Not tested</h2>
        <p class="lead">%s</p>
        %s</section>
        """.formatted(
        untested().rows().isEmpty() ? "Every system was tested." : "What is missing here, and why.",
        Html.table(untested()));
  }

  private Table untested() {
    return new Table.Of<Entry>()
        .text("system", Entry::name)
        .text("version", Entry::version)
        .text("why", ScoreboardPage::why)
        .rows(
            "Systems that were not tested",
            board.systems().stream()
                .filter(entry -> entry.state() != State.TESTED)
                .toList());
  }

  private static String why(Entry entry) {
    return switch (entry.state()) {
      case ABSENT -> "not installed; " + entry.why();
      case FAILED -> "did not answer: " + entry.why();
      case WAITING -> "the run was stopped before its turn";
      case TESTED -> "";
    };
  }

  /** The table, the findings in a sentence each, and what was not tested. */
  public String markdown() {
    StringBuilder page = new StringBuilder("# Ratelab scoreboard\n\n");
    page.append(Markdown.text(answer())).append("\n\n").append(Markdown.text(MEANING));
    page.append("\n\n").append(Markdown.table(table()));
    List<String> findings = tested.stream()
        .flatMap(system -> system.verdict().findings().stream().map(found -> line(system, found)))
        .toList();
    if (!findings.isEmpty()) {
      page.append("\n## Findings\n\n").append(String.join("", findings));
    }
    if (!untested().rows().isEmpty()) {
      page.append("\n## Not tested\n\n").append(Markdown.table(untested()));
    }
    page.append("\n## Environment\n\n")
        .append(board.environment().entrySet().stream()
            .map(fact -> "- %s: %s\n"
                .formatted(Markdown.text(fact.getKey()), Markdown.text(fact.getValue())))
            .collect(Collectors.joining()));
    return page.toString();
  }

  private static String line(TestedSystem system, Found found) {
    return "- %s %s: %s.%s [%s](%s)\n"
        .formatted(
            Markdown.text(SystemSection.title(system.verdict())),
            Markdown.text(found.title()),
            Markdown.text(found.sentence()),
            system.allows(found).isPresent() ? " Its documentation allows that." : "",
            Markdown.text(found.file()),
            found.file());
  }
}
