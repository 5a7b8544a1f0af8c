package dev.ratelab.reports;

import static dev.ratelab.reports.PageText.charts;
import static dev.ratelab.reports.PageText.rows;
import static dev.ratelab.reports.PageText.section;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.ResultsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ConformPagesTest {
  @TempDir
  private Path directory;

  private String html;
  private String markdown;

  @BeforeEach
  void write() throws IOException {
    html = Files.readString(ConformPages.scoreboard(SampleBoard.write(directory)));
    markdown = Files.readString(directory.resolve(ConformPages.MARKDOWN));
  }

  @Test
  void aRowForEachTestedSystemSaysWhatWasTriedAndFound() {
    assertThat(rows(section(html, "overview")))
        .containsExactly(
            List.of(
                "faulty 3",
                "fixed-window “ten a second”",
                "2.5",
                "ok",
                "ok",
                "fault",
                " not tried",
                "ok",
                "fault",
                " not tried",
                " not tried",
                " not tried",
                "allowed",
                "ok"),
            List.of(
                "sound 1.2",
                "gcra “as &lt;a queue&gt;”",
                "1.9",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok",
                "ok"));
    assertThat(section(html, "overview"))
        .contains("1 of 2 systems that were tested showed no fault; the others showed 2.")
        .contains("<a href=\"#system-faulty-fault-RACE\">fault</a>")
        .contains("<a href=\"#system-faulty-allowed-NEVER_FORGETS\">allowed</a>")
        .contains("<a href=\"https://example.org/faulty\">fixed-window</a>")
        .contains("an &lt;old&gt; one");
  }

  @Test
  void aFindingIsShownWithItsEvidence() {
    String faulty = section(html, "system-faulty");

    assertThat(faulty)
        .contains("2 findings. One more is allowed by its documentation.")
        .contains("It was held to fixed-window, 10 permits per 1 s.")
        .contains("Could not be tried: a race of two instances: &#39;node a.mjs&#39; &lt;ended&gt;")
        .contains("id=\"system-faulty-fault-RACE\"", "30 admitted within 2.0 ms")
        .contains("<a href=\"raw/conform-faulty-race.json\">")
        .contains("Its documentation allows that.", "keeps it for a day")
        .contains("conform-faulty-lost.json: this raw file is missing");
    assertThat(rows(faulty))
        .contains(
            List.of("0.0", "1.5", "0", "1", "admitted", "9", "0.0"),
            List.of("0.1", "1.7", "1", "1", "denied", "–", "250.5"),
            List.of("0.2", "1.9", "0", "1", "no answer", "–", "–"));
    JsonNode curve = charts(html).get(0);
    assertThat(curve.get("kind").stringValue()).isEqualTo("lines");
    assertThat(curve.get("lines").get(0).get("step").booleanValue()).isTrue();
    assertThat(curve.get("lines").get(1).get("points").toString()).isEqualTo("[[1501.0,1.0]]");
    assertThat(curve.get("lines").get(2).get("points").toString()).isEqualTo("[[1601.0,30.0]]");
    assertThat(charts(html).get(1).get("marks").size()).as("who got an answer").isEqualTo(3);
  }

  @Test
  void whatWasNotTestedIsListedWithTheReason() {
    assertThat(rows(section(html, "others")))
        .containsExactly(
            List.of("absent", "1.2", "not installed; in there: npm ci"),
            List.of("broken", "1.2", "did not answer: its last words: no"),
            List.of("late", "1.2", "the run was stopped before its turn"));
  }

  @Test
  void theMarkdownHasTheSame() {
    assertThat(markdown)
        .contains("| faulty (3) | fixed-window (“ten a second”) | 2.5 | ok | ok | fault |")
        .contains("- faulty 3 counts wrongly when asked from several places at once: 30 admitted")
        .contains("(raw/conform-faulty-race.json)")
        .contains("it held all. Its documentation allows that.")
        .contains("| absent | 1.2 | not installed; in there: npm ci |");
  }

  @Test
  void oneLimiterHasAPageOfItsOwn() throws IOException {
    Path page = ConformPages.verdict(directory, ConformVerdict.raw("faulty"));

    assertThat(page).hasFileName("conform.html");
    assertThat(section(Files.readString(page), "system-faulty"))
        .contains("<h2>faulty 3</h2>", "3 findings. It behaves like none of the seven algorithms.")
        .doesNotContain("All systems");
  }

  @Test
  void speedIsThereWhereTheSameRunMeasuredIt() throws IOException {
    assertThat(section(html, "overview")).doesNotContain("speed");
    Path run = directory.resolve("run");
    SampleBoard.write(SampleRun.write(run));

    String page = Files.readString(ConformPages.scoreboard(run));

    assertThat(section(page, "overview")).contains(">speed</th>");
    List<List<String>> systems = rows(section(page, "overview"));
    assertThat(systems.get(0)).last().isEqualTo("–");
    assertThat(systems.get(1)).last().asString().contains("/s");
  }

  @Test
  void whatPromisesNothingAndBehavesLikeNothingKnownIsNotJudged() throws IOException {
    Path file = directory.resolve(ConformVerdict.raw("sound"));
    Files.writeString(
        file,
        Files.readString(file).replace("\"gcra\"", "\"none\"").replace("token-bucket", "none"));

    String page = Files.readString(ConformPages.verdict(directory, ConformVerdict.raw("sound")));

    assertThat(rows(section(page, "system-sound")).get(1).get(1)).isEqualTo(" not judged");
    assertThat(page).contains("so there is nothing to hold it to");
  }

  @Test
  void whatNeverDeniedIsNotJudged() throws IOException {
    Path file = directory.resolve(ConformVerdict.raw("sound"));
    Files.writeString(
        file, Files.readString(file).replace("\"reached_limit\":true", "\"reached_limit\":false"));

    String page = Files.readString(ConformPages.scoreboard(directory));

    assertThat(page)
        .contains("It was never seen to both admit and deny, so nothing was tried.")
        .contains("0 of 1 systems that were tested showed no fault; the others showed 2. 1 more");
  }

  @Test
  void aVerdictThatIsMalformedIsToldWithItsPlace() throws IOException {
    Path file = directory.resolve(ConformVerdict.raw("sound"));
    Files.writeString(file, Files.readString(file).replace("\"keys\":326", "\"keys\":\"many\""));

    assertThatThrownBy(() -> ConformPages.scoreboard(directory))
        .isInstanceOf(ResultsException.class)
        .hasMessageEndingWith("keys must be a whole number, but is \"many\"");
  }
}
