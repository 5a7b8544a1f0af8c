package dev.ratelab.reports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page in a real browser, where one is installed: Chromium or Chrome on the PATH. */
class BrowserTest {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  // A window has a least width, a frame has none.
  private static final String FRAME = """
      <!doctype html>
      <meta name="color-scheme" content="light dark">
      <pre id="found"></pre>
      <iframe src="report.html" style="border: 0; width: %dpx; height: 1000px"></iframe>
      <script>
      const frame = document.querySelector('iframe');
      frame.onload = () => {
        document.getElementById('found').textContent = frame.contentDocument.getElementById('probe').textContent;
      };
      </script>
      """;

  @TempDir
  private static Path shared;

  @TempDir
  private Path temp;

  private static Path browser;
  private static String page;

  @BeforeAll
  static void findBrowser() throws IOException {
    Optional<Path> found = Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
    assumeTrue(found.isPresent(), "no Chromium on the PATH, so nobody has looked at the page");
    browser = found.orElseThrow();
    page = Files.readString(Pages.write(SampleRun.write(shared.resolve("run"))));
  }

  @ParameterizedTest
  @CsvSource({"light, 1400", "dark, 1400", "light, 390", "dark, 390"})
  void everyPlotDrawsAllItsSeriesAndNothingIsCutOff(String theme, int width) throws Exception {
    Seen seen = look(page, theme, width);

    assertThat(seen.console).isEmpty();
    assertThat(seen.probe.get("theme").stringValue()).isEqualTo(theme);
    assertThat(seen.probe.get("width").intValue()).isEqualTo(width);
    assertThat(seen.probe.get("wider").booleanValue()).as("scrolls sideways").isFalse();
    JsonNode plots = seen.probe.get("plots");
    assertThat(plots.size()).isEqualTo(20);
    for (JsonNode plot : plots) {
      assertThat(plot.get("colors").intValue()).as("%s", plot).isGreaterThan(1);
      assertThat(plot.get("undrawn").size()).as("%s", plot).isZero();
      assertThat(plot.get("cutOff").size()).as("%s", plot).isZero();
    }
  }

  @Test
  void aRunThatMeasuredNothingIsAPageWithoutErrors() throws Exception {
    Path empty = SampleRun.directory(temp.resolve("empty"), false).path();

    Seen seen = look(Files.readString(Pages.write(empty)), "light", 1400);

    assertThat(seen.console).isEmpty();
    assertThat(seen.probe.get("plots").size()).isZero();
  }

  /** Without these two the tests above could not fail. */
  @Test
  void anErrorOnTheConsoleIsSeen() throws Exception {
    assertThat(
            look(page.replace("'use strict';", "'use strict'; undefinedFunction();"), "light", 1400)
                .console)
        .anyMatch(line -> line.contains("undefinedFunction is not defined"));
    assertThat(look(
                page.replace("<main>", "<main><img src=\"https://127.0.0.1:9/x.png\">"),
                "light",
                1400)
            .console)
        .anyMatch(line -> line.contains("Content Security Policy"));
  }

  private record Seen(List<String> console, JsonNode probe) {}

  private Seen look(String html, String theme, int width) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(temp, "look");
    String probe;
    try (InputStream in =
        Objects.requireNonNull(BrowserTest.class.getResourceAsStream("probe.js"))) {
      probe = new String(in.readAllBytes(), UTF_8);
    }
    Path probed = folder.resolve("report.html");
    // The plotting library holds such a tag in a string, too.
    int end = html.lastIndexOf("</body>");
    Files.writeString(
        probed, html.substring(0, end) + "<script>" + probe + "</script>" + html.substring(end));
    Path frame = folder.resolve("frame.html");
    Files.writeString(frame, FRAME.formatted(width));
    Path dom = folder.resolve("dom.html");
    Path log = folder.resolve("log.txt");
    Process process = new ProcessBuilder(
            browser.toString(),
            "--headless",
            "--no-sandbox", // its user may be root, and the page is ours
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--user-data-dir=" + folder.resolve("profile"),
            "--blink-settings=preferredColorScheme=" + (theme.equals("dark") ? 0 : 1),
            "--window-size=1500,1100",
            "--allow-file-access-from-files",
            "--enable-logging=stderr",
            "--dump-dom",
            frame.toUri().toString())
        .redirectOutput(dom.toFile())
        .redirectError(log.toFile())
        .start();
    process.getOutputStream().close();
    assertThat(process.waitFor()).as(Files.readString(log)).isZero();
    List<String> console =
        Files.readString(log).lines().filter(line -> line.contains(":CONSOLE")).toList();
    Matcher found =
        Pattern.compile("(?s)<pre id=\"found\">(.*?)</pre>").matcher(Files.readString(dom));
    return new Seen(
        console,
        JsonMapper.shared()
            .readTree(
                found.find()
                    ? found
                        .group(1)
                        .replace("&lt;", "<")
                        .replace("&gt;", ">")
                        .replace("&nbsp;", " ")
                        .replace("&amp;", "&")
                    : "{}"));
  }
}
