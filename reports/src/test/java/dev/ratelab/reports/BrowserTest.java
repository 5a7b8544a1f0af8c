package dev.ratelab.reports;

import static dev.ratelab.reports.PageText.count;
import static dev.ratelab.reports.PageText.found;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.fixtures.Browser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * The pages in a real browser, where one is installed: Chromium or Chrome on the PATH. What it saw is kept under {@code
 * target/screenshots}.
 */
class BrowserTest {
  private static final Path KEPT = Path.of("target", "screenshots");
  private static final int HEIGHT = 900;

  @TempDir
  private static Path shared;

  @TempDir
  private Path temp;

  private static Browser browser;
  private static String probe;
  private static Path page;
  private static String html;

  @BeforeAll
  static void open() throws Exception {
    Optional<Path> program = Browser.installed();
    assumeTrue(program.isPresent(), "no Chromium on the PATH, so nobody has looked at the pages");
    page = Pages.write(SampleRun.write(shared.resolve("run")));
    html = Files.readString(page);
    try (InputStream in =
        Objects.requireNonNull(BrowserTest.class.getResourceAsStream("probe.js"))) {
      probe = new String(in.readAllBytes(), UTF_8);
    }
    browser = Browser.start(program.orElseThrow(), shared);
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  /** In each theme and at each width. A theme is colours and a width is room: all pairs are looked at nightly. */
  @ParameterizedTest
  @CsvSource({"light, 1400", "dark, 390"})
  void everyPageDrawsAllItsPlotsAndNothingIsCutOff(String theme, int width) throws Exception {
    assertAllDrawn(theme, width);
  }

  @ParameterizedTest
  @Tag("nightly")
  @CsvSource({"dark, 1400", "light, 390"})
  void soDoesEveryPageInTheOtherThemeAtThatWidth(String theme, int width) throws Exception {
    assertAllDrawn(theme, width);
    theScoreboardDrawsTheEvidenceOfEachFinding(theme, width);
  }

  private static void assertAllDrawn(String theme, int width) throws IOException {
    List<String> ids = pages(html);
    assertThat(ids).hasSizeGreaterThan(12).startsWith("overview");
    browser.screen(width, HEIGHT, theme);
    int plots = 0;
    for (String id : ids) {
      JsonNode seen = look(page, "#" + id);

      assertThat(browser.console()).as(id).isEmpty();
      assertThat(seen.get("theme").stringValue()).isEqualTo(theme);
      assertThat(seen.get("width").intValue()).isEqualTo(width);
      assertThat(strings(seen.get("pages"))).containsExactly(id);
      assertThat(seen.get("wider").booleanValue()).as("%s scrolls sideways", id).isFalse();
      for (JsonNode plot : seen.get("plots")) {
        assertThat(plot.get("colors").intValue()).as("%s: %s", id, plot).isPositive();
        assertThat(plot.get("undrawn").size()).as("%s: %s", id, plot).isZero();
        assertThat(plot.get("cutOff").size()).as("%s: %s", id, plot).isZero();
      }
      plots += seen.get("plots").size();
      browser.screenshot(KEPT.resolve("%s-%d/%s.png".formatted(theme, width, id)));
    }
    assertThat(plots).isEqualTo(count(html, "data-chart=\"")).isGreaterThan(20);
  }

  @ParameterizedTest
  @CsvSource({"light, 1280", "dark, 400"})
  void theScoreboardDrawsTheEvidenceOfEachFinding(String theme, int width) throws Exception {
    Path board = ConformPages.scoreboard(SampleBoard.write(temp));
    browser.screen(width, HEIGHT, theme);
    for (String id : List.of("overview", "tried", "others", "system-faulty", "system-sound")) {
      JsonNode seen = look(board, "#" + id);

      assertThat(browser.console()).as(id).isEmpty();
      assertThat(strings(seen.get("pages"))).containsExactly(id);
      assertThat(seen.get("wider").booleanValue()).as("%s scrolls sideways", id).isFalse();
      for (JsonNode plot : seen.get("plots")) {
        assertThat(plot.get("undrawn").size()).as("%s: %s", id, plot).isZero();
        assertThat(plot.get("cutOff").size()).as("%s: %s", id, plot).isZero();
      }
      browser.screenshot(KEPT.resolve("%s-%d/scoreboard-%s.png".formatted(theme, width, id)));
    }
    assertThat(look(board, "#system-faulty").get("plots").size()).isEqualTo(2);
  }

  /** A cell's place is within a page that is shown only then. */
  @Test
  void aCellLeadsToItsEvidence() throws Exception {
    Path board = ConformPages.scoreboard(SampleBoard.write(temp));
    browser.screen(1280, HEIGHT, "light");
    look(board, "");

    browser.run(turned("document.querySelector('#overview a[href$=\"-fault-RACE\"]').click()"));

    assertThat(browser
            .run("document.getElementById('system-faulty-fault-RACE').getBoundingClientRect().top")
            .doubleValue())
        .isBetween(0.0, 100.0);
    browser.run("document.getElementById('filter').value = 'sound'");
    browser.run("document.getElementById('filter').dispatchEvent(new Event('input'))");
    assertThat(
            browser.run("document.querySelector('.filter output').textContent").stringValue())
        .isEqualTo("1 of 2");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void theFirstScreenIsTheAnswer() throws Exception {
    browser.screen(1400, HEIGHT, "light");

    JsonNode seen = look(page, "");

    assertThat(strings(seen.get("pages"))).containsExactly("overview");
    assertThat(seen.get("bottom").doubleValue()).as("needs no scrolling").isBetween(500.0, 900.0);
    assertThat(seen.get("right").doubleValue()).as("nor sideways").isLessThanOrEqualTo(1400);
    assertThat(seen.get("plots").size()).isEqualTo(3);
  }

  @Test
  void theBackButtonTurnsBack() throws Exception {
    browser.screen(1400, HEIGHT, "light");
    look(page, "");
    for (String id : List.of("latency", "run")) {
      JsonNode turned = browser.run(
          turned("document.querySelector('nav a[href=\"#%s\"]').click()".formatted(id)));
      assertThat(turned.stringValue()).isEqualTo(id);
    }

    assertThat(browser.run(turned("history.back()")).stringValue()).isEqualTo("latency");
    assertThat(browser.run("document.title").stringValue())
        .isEqualTo("How long does a caller wait? – Ratelab report");
    assertThat(browser.run(turned("history.back()")).stringValue()).isEqualTo("overview");
    assertThat(browser.run(turned("history.forward()")).stringValue()).isEqualTo("latency");
    assertThat(browser.console()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"#nowhere", "#%E0%A4%A", "#"})
  void anAddressThatIsNoPageIsTheFirst(String hash) throws Exception {
    browser.screen(1400, HEIGHT, "light");

    assertThat(strings(look(page, hash).get("pages"))).containsExactly("overview");
    assertThat(browser.console()).isEmpty();
  }

  @Test
  void onPaperEveryPageIsThereOnWhite() throws Exception {
    browser.screen(1400, HEIGHT, "dark");
    look(page, "#memory");
    browser.pdf(KEPT.resolve("report.pdf"));

    String pdf = Files.readString(KEPT.resolve("report.pdf"), ISO_8859_1);
    List<String> ids = pages(html);
    assertThat(count(pdf, "/Type /Page\n")).isGreaterThanOrEqualTo(ids.size());
    assertThat(outline(pdf)).containsAll(headings(html));
    assertThat(browser.console()).isEmpty();
    assertThat(strings(browser.run(probe).get("pages")))
        .as("afterwards the screen is as before")
        .containsExactly("memory");

    browser.run("dispatchEvent(new Event('beforeprint'))");
    JsonNode printed = browser.run(probe);
    assertThat(strings(printed.get("pages"))).isEqualTo(ids);
    assertThat(printed.get("theme").stringValue()).isEqualTo("light");
    assertThat(printed.get("plots").size()).isEqualTo(count(html, "data-chart=\""));
    for (JsonNode plot : printed.get("plots")) {
      assertThat(plot.get("undrawn").size()).as("%s", plot).isZero();
    }
  }

  @Test
  void withoutScriptEverythingStandsOneBelowTheOther() throws Exception {
    browser.screen(1400, HEIGHT, "light");
    int script = html.lastIndexOf("<script>");
    Path still =
        Files.writeString(temp.resolve("still.html"), html.substring(0, script) + "</body></html>");

    browser.open(still.toUri().toString());

    assertThat(browser
            .run(
                "[...document.querySelectorAll('.page')].filter((page) => page.clientHeight > 0).length")
            .intValue())
        .isEqualTo(pages(html).size());
  }

  @Test
  void aRunThatMeasuredNothingIsAPageWithoutErrors() throws Exception {
    Path empty = Pages.write(SampleRun.directory(temp.resolve("empty"), false).path());

    JsonNode seen = look(empty, "");

    assertThat(browser.console()).isEmpty();
    assertThat(seen.get("plots").size()).isZero();
    assertThat(pages(Files.readString(empty))).containsExactly("overview", "run", "everything");
  }

  /** Without these two the tests above could not fail. */
  @Test
  void anErrorOnTheConsoleIsSeen() throws Exception {
    browser.open(changed("'use strict';", "'use strict'; undefinedFunction();"));
    assertThat(browser.console())
        .anyMatch(line -> line.contains("undefinedFunction is not defined"));
    browser.open(changed("<main>", "<main><img src=\"https://127.0.0.1:9/x.png\">"));
    assertThat(browser.console()).anyMatch(line -> line.contains("Content Security Policy"));
  }

  private String changed(String from, String to) throws IOException {
    assertThat(html).contains(from);
    return Files.writeString(temp.resolve("changed.html"), html.replace(from, to))
        .toUri()
        .toString();
  }

  private static JsonNode look(Path file, String hash) {
    browser.open(file.toUri() + hash);
    return browser.run(probe);
  }

  /** Does something and tells which page is shown once the browser has turned to it. */
  private static String turned(String action) {
    return """
        new Promise((done) => {
          addEventListener('hashchange', () => done(document.querySelector('.page.shown').id), { once: true });
          %s;
        })""".formatted(action);
  }

  private static List<String> pages(String html) {
    return found(html, "<section id=\"([^\"]*)\" class=\"page\">");
  }

  private static List<String> headings(String html) {
    return found(html.substring(0, html.indexOf("<script")), "<h[12]>([^<]*)</h[12]>");
  }

  /** The headings that the browser wrote into the document's outline. */
  private static List<String> outline(String pdf) {
    return found(pdf, "/Title \\(([^)]*)\\)");
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(node -> strings.add(node.stringValue()));
    return strings;
  }
}
