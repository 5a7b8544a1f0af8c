package dev.ratelab.reports.page;

import static dev.ratelab.reports.PageText.charts;
import static dev.ratelab.reports.PageText.count;
import static dev.ratelab.reports.PageText.found;
import static dev.ratelab.reports.PageText.rows;
import static dev.ratelab.reports.PageText.section;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.reports.Pages;
import dev.ratelab.reports.SampleRun;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.RawSeries;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.ResultsReader;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ReportPageTest {
  private static final Set<String> VOID = Set.of("meta", "input", "br", "link", "img", "hr");
  private static final List<String> PAGES = List.of(
      "burst throughput latency accuracy memory redis-cost cluster leases scaling http simulation peers verification"
          .split(" ", -1));
  private static final Pattern TAG =
      Pattern.compile("<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>");

  @TempDir
  private static Path shared;

  @TempDir
  private Path temp;

  private static Path sample;
  private static String html;
  private static String markdown;

  @BeforeAll
  static void render() throws IOException {
    sample = SampleRun.write(shared.resolve("run"));
    html = Files.readString(Pages.write(sample));
    markdown = Files.readString(sample.resolve("summary.md"));
  }

  @Test
  void everyElementIsClosedWhereItMustBe() {
    assertWellFormed(html);
  }

  @Test
  void everyNumberOfTheRunIsInTheLastTable() throws IOException {
    List<List<String>> rows = rows(section(html, "everything"));
    List<Measurement> measurements = ResultsReader.read(sample).measurements();

    assertThat(rows).hasSameSizeAs(measurements);
    for (int i = 0; i < rows.size(); i++) {
      Measurement m = measurements.get(i);
      List<String> row = rows.get(i);
      assertThat(row.subList(0, 8))
          .containsExactly(
              m.experiment(),
              m.algorithm(),
              m.backend(),
              m.client(),
              m.subject(),
              m.workload(),
              Integer.toString(m.threads()),
              m.metric());
      assertClose(row.get(8), m.value());
      assertClose(row.get(9), m.low());
      assertClose(row.get(10), m.high());
      assertThat(row.subList(11, 13)).containsExactly(m.unit(), Long.toString(m.samples()));
      if (m.raw() != null) {
        assertThat(row.get(13)).isEqualTo(m.raw().substring("raw/".length()));
        assertThat(html).contains("href=\"" + m.raw() + "\"");
      }
    }
  }

  @Test
  void theOverviewHasARowForEachAlgorithmAndTheFastestPeers() {
    String overview = section(html, "overview");
    List<List<String>> all = rows(overview);
    List<List<String>> rows = all.subList(0, SampleRun.ALGORITHMS.size());

    assertThat(all).hasSizeLessThanOrEqualTo(10).hasSize(rows.size() + 1);
    assertThat(all.get(rows.size()).get(0)).startsWith("Resilience4j").contains("peer, ");
    assertThat(all.get(rows.size())).anyMatch(cell -> cell.endsWith("/s")).contains("–");
    assertThat(found(overview, "<a href=\"#([^\"]+)\""))
        .contains("burst", "accuracy", "throughput", "latency", "memory", "peers")
        .allSatisfy(id -> assertThat(html).contains("<section id=\"" + id + "\""));
    assertThat(rows)
        .extracting(row -> row.get(0).replaceFirst(" .*", ""))
        .containsExactlyElementsOf(SampleRun.ALGORITHMS);
    // E(W)/N of the fixed window, and what the exact log differs from itself.
    assertThat(rows.get(0)).contains("2");
    assertThat(rows.get(2)).contains("1", "0 %");
    // Against the peer under the same load, and not told apart where the intervals meet.
    assertThat(rows.get(3)).anyMatch(cell -> cell.endsWith(" 2.1× Bucket4j"));
    assertThat(rows.get(2)).anyMatch(cell -> cell.endsWith(" as Resilience4j"));
    assertThat(rows).allSatisfy(row -> assertThat(row).doesNotContain("–"));
  }

  /** The page must work from a disk, years later. */
  @Test
  void nothingIsLoadedFromElsewhere() {
    assertThat(html)
        .contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';");
    Matcher tags = TAG.matcher(withoutScripts(html));
    while (tags.find()) {
      assertThat(tags.group(2)).isNotIn("link", "iframe", "object", "embed", "base", "img");
      assertThat(found(tags.group(3), "\\b(?:src|href|action|srcset)=\"([^\"]*)\""))
          .allMatch(to -> to.matches("#[a-z-]+|results\\.json|raw/[A-Za-z0-9][A-Za-z0-9._+-]*"));
    }
    assertThat(Pattern.compile("<script[^>]*\\ssrc").matcher(html).find()).isFalse();
    String style = html.substring(html.indexOf("<style>"), html.indexOf("</style>"));
    assertThat(style).doesNotContain("@import").doesNotContain("url(");
  }

  @Test
  void thePlotsDataIsJsonAndHoldsWhatTheRawFilesHold() throws IOException {
    JsonNode charts = charts(html);
    assertThat(charts)
        .extracting(
            chart -> chart.get("kind").stringValue() + ": " + chart.get("title").stringValue())
        .contains(
            "strictness: Memory",
            "strictness: Redis over Jedis",
            "lines: Arrival curves of all algorithms",
            "lines: fixed-window",
            "bars: memory · zipf-0.99, 4 threads",
            "bars: Redis over Lettuce · one-hot-key, 4 threads",
            "lines: Redis over Jedis · uniform",
            "lines: memory · keys",
            "bars: Redis over Jedis · denied",
            "lines: Redis over Jedis · poisson",
            "differences: memory · replay:access.log.gz",
            "bars: Redis over Lettuce",
            "designs: Over admitted against Redis calls a decision",
            "designs: Share admitted",
            "timeline: Estimate against truth, sliding-window-counter, Redis over Lettuce");
    assertThat(count(html, "data-chart=\"")).isEqualTo(charts.size());
    for (JsonNode chart : charts) {
      JsonNode parts = chart.has("lines")
          ? chart.get("lines")
          : chart.get(chart.has("spots") ? "spots" : "bars");
      assertThat(parts.size()).isPositive();
      // Of a lease there is a point for each size of its block.
      boolean few =
          chart.has("marks") || chart.at("/x/name").asString("").matches("Redis calls.*|block.*");
      for (JsonNode line : parts) {
        assertThat(!line.has("points") || few || line.get("points").size() > 2).isTrue();
      }
    }
    JsonNode curve =
        chart(charts, "Arrival curves of all algorithms").get("lines").get(0);
    assertThat(curve.get("style").stringValue()).isEqualTo("fixed-window");
    // In windows and limits, up to three windows: each point is in the raw file, and both ends are
    // there.
    List<String> raw = RawSeries.read(
            sample, "raw/burst-fixed-window-memory-adversarial.csv", "tau_us", "measured")
        .stream()
        .filter(point -> point[0] <= 3e6)
        .map(point -> "[%.4e,%.4e]".formatted(point[0] / 1e6, point[1] / 100))
        .toList();
    List<String> drawn = new ArrayList<>();
    curve
        .get("points")
        .forEach(point -> drawn.add(
            "[%.4e,%.4e]".formatted(point.get(0).doubleValue(), point.get(1).doubleValue())));
    assertThat(raw)
        .containsAll(drawn)
        .startsWith(drawn.get(0))
        .endsWith(drawn.get(drawn.size() - 1));
    assertThat(drawn.get(0)).isEqualTo("[1.0000e-06,1.0000e+00]");
  }

  @Test
  void eachDesignOfAFleetIsAMarkWithItsParameters() {
    JsonNode frontier = chart(charts(html), "Over admitted against Redis calls a decision");

    assertThat(frontier.get("equal").booleanValue()).isFalse();
    assertThat(frontier.get("spots"))
        .filteredOn(spot -> spot.get("name").stringValue().equals("leases-fixed"))
        .extracting(spot -> spot.get("facts").get(0).stringValue())
        .containsExactly("permits=2, time=1s", "permits=10, time=1s", "permits=50, time=1s");
    JsonNode checked = chart(charts(html), "Share admitted");
    assertThat(checked.get("equal").booleanValue()).isTrue();
    assertThat(checked.get("spots").size()).isEqualTo(32);
    assertThat(rows(section(html, "simulation")))
        .anyMatch(
            row -> row.get(0).equals("call") && row.contains("0.02 %") && row.contains("240 %"))
        .anyMatch(row -> row.get(0).equals("instances") && row.get(1).equals("1000"))
        .contains(List.of("call", "", "3", "4", "694 k/s", "80 %", "41.7 %"));
  }

  @Test
  void warningsComeFirst() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    run.warn("swap", "The machine <swaps>.");
    Series latency = Series.of("latency").algorithm("gcra").backend("memory").workload("poisson");
    run.add(latency.exact(Metric.LATE, 0.0101, 100), latency.exact(Metric.P99, 5, 100));
    run.add(latency.algorithm("leaky-bucket").exact(Metric.LATE, 0.01, 100));
    Series burst = Series.of("burst").algorithm("gcra").backend("memory").workload("adversarial");
    run.add(burst.exact(Metric.WORST_RATIO, 1.01, 9));
    run.add(burst.algorithm("token-bucket").exact(Metric.WORST_RATIO, 1, 9));
    run.add(burst.raw("raw/gone.csv").exact(Metric.MAX_IN_WINDOW, 5, 9));
    Series verified =
        Series.of("verification").algorithm("gcra").backend("memory").workload("Bound");
    run.add(verified.exact(Metric.PROPERTY, 0, 9));

    String page = page(run);
    String warnings =
        page.substring(page.indexOf("<details class=\"warnings\""), page.indexOf("</details>"));

    assertThat(warnings)
        .contains(
            "Only 2 cores",
            "The machine &lt;swaps&gt;.",
            "The load generator sent up to 1.01 % of the arrivals late for gcra, memory (poisson)",
            "gcra in memory admitted more than its bound allows under adversarial arrivals.",
            "The property &quot;Bound&quot; does not hold for gcra, memory.",
            "A curve is missing from its plot. ",
            "this raw file is missing");
    assertThat(count(warnings, "<li>")).isEqualTo(6);
    String markdown = Files.readString(run.path().resolve("summary.md"));
    assertThat(count(markdown, "> **Warning:** ")).isEqualTo(6);
  }

  @Test
  void whatAFileSaysIsNeverMarkup() throws IOException {
    String script = "<script>alert(1)</script>";
    String quotes = "replay:a\"b'c</script><!--&amp;.log";
    ResultsDirectory run = ResultsDirectory.create(
        temp.resolve("run"),
        Map.of("cpu", script, "{{charts}}", "{{style}} $1 \\"),
        Map.of("limit", "10", "window_us", "1000", "\" onload=\"x", script));
    run.warn("markup", script);
    for (String name : List.of(script, quotes)) {
      Series series = Series.of("accuracy").algorithm("gcra").backend("memory").workload(name);
      run.add(
          series.exact(Metric.REQUESTS, 10, 10),
          series.exact(Metric.DIFFER, 0.5, 10),
          series.exact(Metric.WRONGLY_DENIED, 5, 10));
      Series peer = Series.of("burst").subject(name).backend(name, name).workload("adversarial");
      try (CsvFile csv = run.csv(peer, "tau_us", "measured", "bound")) {
        csv.row(1, 1, 1);
        csv.row(1000, 5, 10);
        run.add(peer.raw(csv.raw()).foreign("max-in-window", name, 5, 5, 5, 10));
      }
      run.add(Series.of(name).foreign(name, "1", 1, 1, 1, 1));
    }

    String page = page(run);

    assertWellFormed(page);
    assertThat(page).doesNotContain("<script>alert").doesNotContain(" onload=\"x");
    assertThat(count(page, "<script")).isEqualTo(count(html, "<script"));
    assertThat(count(page, "</script")).isEqualTo(count(html, "</script"));
    assertThat(page)
        .contains(
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "replay:a&quot;b&#39;c&lt;/script&gt;&lt;!--&amp;amp;.log",
            "{{charts}}",
            "{{style}} $1 \\");
    assertThat(charts(page))
        .extracting(chart -> chart.get("title").stringValue())
        .contains("memory · " + script, "memory · " + quotes);
  }

  @Test
  void whatWasNotMeasuredIsNoPageButNamed() throws IOException {
    Path run = SampleRun.directory(temp.resolve("run"), true).path();

    String page = Files.readString(Pages.write(run));

    assertWellFormed(page);
    assertThat(page).contains("href=\"#overview\"", "href=\"#run\"", "href=\"#everything\"");
    for (String id : PAGES) {
      assertThat(page).doesNotContain("href=\"#" + id + "\"");
      assertThat(html).contains("href=\"#" + id + "\"");
    }
    assertThat(html).doesNotContain("Not measured in this run");
    assertThat(section(page, "run"))
        .contains("Not measured in this run", "<li>How much gets through?</li>");
    assertThat(count(section(page, "run"), "?</li>")).isEqualTo(PAGES.size());
    assertThat(page).contains("This run has not measured an algorithm yet.");
    assertThat(charts(page).size()).isZero();
    assertThat(Files.readString(run.resolve("summary.md")))
        .contains("Not measured in this run", "This run has not measured an algorithm yet.");
  }

  static Stream<String> experiments() {
    return PAGES.stream().filter(page -> !page.equals("peers"));
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void aRunOfOneExperimentIsAPage(String experiment) throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), true);
    for (Measurement m : ResultsReader.read(sample).measurements()) {
      // How far the simulator is to be believed stands on its page.
      if (m.experiment().replace("-validation", "").equals(experiment)) {
        run.add(m);
        if (m.raw() != null && !Files.exists(run.path().resolve(m.raw()))) {
          Files.copy(sample.resolve(m.raw()), run.path().resolve(m.raw()));
        }
      }
    }

    String page = page(run);

    assertWellFormed(page);
    assertThat(rows(section(page, experiment))).isEqualTo(rows(section(html, experiment)));
    // How things scale is not held against one number.
    boolean compared = ResultsReader.read(run.path()).measurements().stream()
        .anyMatch(m -> Algorithms.isPeer(m)
            || (m.subject().equals(Measurement.LIMIT) && !experiment.equals("scaling")));
    assertThat(count(section(page, "run"), "?</li>")).isEqualTo(PAGES.size() - (compared ? 2 : 1));
    assertThat(charts(page).size()).isPositive();
  }

  @Test
  void propertiesAreAMatrixAndACounterexampleIsDrawn() throws IOException {
    assertThat(rows(section(html, "verification")))
        .containsExactly(
            List.of("Bound", "1 000", "1 000"),
            List.of("Denied costs nothing", "1 000", "1 000"),
            List.of("retryAfter is exact", "1 000", "1 000"),
            List.of("Estimate against truth", "–", "BROKEN sliding-window-counter"));
    String file = "verification-sliding-window-counter-redis-lettuce-estimate-against-truth.json";
    assertThat(section(html, "counterexamples"))
        .contains("2: the estimate with its cost is over the limit", "href=\"raw/" + file);

    JsonNode timeline = StreamSupport.stream(charts(html).spliterator(), false)
        .filter(chart -> chart.get("kind").stringValue().equals("timeline"))
        .findFirst()
        .orElseThrow();
    assertThat(timeline.get("marks").toString())
        .isEqualTo("[{\"at\":0.0,\"cost\":3.0,\"allowed\":true},"
            + "{\"at\":2.0,\"cost\":2.0,\"allowed\":false},"
            + "{\"at\":9.0,\"cost\":1.0,\"allowed\":true}]");
    assertThat(timeline.get("lines").get(1).get("name").stringValue()).isEqualTo("truth");
    assertThat(timeline.get("lines").get(1).get("points").toString())
        .isEqualTo("[[0.0,3.0],[9.0,4.0]]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "{\"schema\":2}", "{\"schema\":1,\"message\":\"m\"}"})
  void aCounterexampleThatCannotBeReadIsAWarning(String json) throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    Series broken =
        Series.of("verification").algorithm("gcra").backend("memory").workload("Bound");
    Files.writeString(run.path().resolve("raw/broken.json"), json);
    run.add(broken.raw("raw/broken.json").exact(Metric.PROPERTY, 0, 9));

    String page = page(run);

    assertThat(page).contains("A counterexample is missing from its plot. ", "raw/broken.json: ");
    assertThat(charts(page).size()).isZero();
  }

  @Test
  void anExperimentWithoutASectionIsStillInTheLastTable() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    run.add(Series.of("New one!").algorithm("gcra").foreign("commands", "1", 3, 3, 3, 1));

    String page = page(run);

    List<List<String>> rows = rows(section(page, "everything"));
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0)).contains("New one!", "commands", "3");
    assertThat(rows(section(page, "x-new-one-"))).containsExactly(List.of("gcra", "none", "", "3"));
    assertThat(charts(page).get(0).get("bars").get(0).get("value").doubleValue())
        .isEqualTo(3);
  }

  /** A metric that a page was not written for has a plot on it all the same. */
  @Test
  void anUnknownMetricIsOnThePageOfItsExperiment() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    Series memory = Series.of("memory").algorithm("gcra").backend("memory");
    run.add(
        memory.exact(Metric.BYTES_PER_KEY, 100, 1),
        memory.foreign("objects-per-key", "1", 4, 4, 4, 1));

    String page = page(run);

    assertThat(section(page, "memory")).contains("<strong>Objects per key.</strong>");
    assertThat(charts(page).size()).isEqualTo(2);
  }

  @Test
  void aRunOfOneExperimentBeginsWithItsFirstPlots() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    for (String design : List.of("call", "batches")) {
      Series simulated = Series.of("simulation").algorithm("gcra").workload(design);
      run.add(
          simulated.exact(Metric.CALLS_PER_DECISION, 1, 1),
          simulated.exact(Metric.OVER_ADMITTED, 0, 1));
    }

    String page = page(run);

    assertThat(section(page, "overview"))
        .contains("<strong>Error against Redis load.</strong>")
        .doesNotContain("<table");
    assertThat(section(page, "simulation")).contains("<strong>Error against Redis load.</strong>");
  }

  @Test
  void threadsAndSizesAreCurvesWithTheirIntervals() {
    JsonNode keys = chart(charts(html), "memory · keys");

    assertThat(keys.get("x").get("scale").stringValue()).isEqualTo("log");
    assertThat(keys.get("y").get("scale").stringValue()).isEqualTo("linear");
    List<Double> xs = new ArrayList<>();
    for (JsonNode point : keys.get("lines").get(0).get("points")) {
      xs.add(point.get(0).doubleValue());
      assertThat(point.get(2).doubleValue()).isLessThan(point.get(1).doubleValue());
      assertThat(point.get(3).doubleValue()).isGreaterThan(point.get(1).doubleValue());
    }
    assertThat(xs).containsExactly(1.0, 1_000.0, 100_000.0, 1_000_000.0);
    JsonNode threads = chart(charts(html), "Redis over Jedis · uniform");
    assertThat(threads.get("x").get("name").stringValue()).isEqualTo("threads");
    assertThat(threads.get("lines"))
        .extracting(line -> line.get("name").stringValue())
        .contains("gcra", "Bucket4j, token-bucket", "limit: no-op-evalsha");
  }

  @Test
  void peersHaveTheirVersionsAndTheAbsentTheirReason() {
    assertThat(rows(section(html, "peers")))
        .contains(
            List.of("Bucket4j", "8.14.0"), List.of("redis-cell", "this Redis loads no modules"));
    assertThat(rows(section(html, "run")))
        .contains(List.of("redis-cell", "this Redis loads no modules"))
        .doesNotContain(
            List.of("cores", "Only 2 cores: load generator, Redis and limiter share them."));
  }

  /** Which algorithm it has is its own affair; where it keeps its counts is not. */
  @Test
  void aServiceOverHttpIsHeldAgainstOursOnItsBackend() {
    List<List<String>> rows = rows(section(html, "peers"));

    assertThat(rows.stream().filter(row -> row.get(0).equals("nginx")))
        .singleElement()
        .satisfies(row -> assertThat(row.get(4)).isEqualTo("gcra"));
    assertThat(rows.stream()
            .filter(row -> row.get(0).equals("express-rate-limiter-flexible"))
            .map(row -> row.get(4)))
        .containsExactly("gcra, Redis over Lettuce", "gcra, Redis over Jedis");
  }

  /** "No limiter in this place can pass them" is true only on as many threads. */
  @Test
  void aLimitStandsBesideWhatWasMeasuredOnAsManyThreads() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    Series redis = Series.of("throughput").backend("redis", "jedis").workload("zipf");
    run.add(redis.algorithm("gcra").threads(2).exact(Metric.OPERATIONS, 20, 1));
    Series ping = redis.subject("limit").workload("ping");
    run.add(ping.threads(1).exact(Metric.OPERATIONS, 10, 1));
    run.add(ping.threads(2).exact(Metric.OPERATIONS, 30, 1));

    JsonNode charts = charts(page(run));

    assertThat(charts.size()).isEqualTo(2);
    assertThat(charts.get(0).get("bars").size()).isEqualTo(2);
    assertThat(charts.get(0).get("bars").get(1).get("value").doubleValue()).isEqualTo(30);
    assertThat(charts.get(1).get("title").stringValue()).isEqualTo("Redis over Jedis · 1 thread");
    assertThat(charts.get(1).get("bars").get(0).get("value").doubleValue()).isEqualTo(10);
  }

  @Test
  void peersAreToldApart() throws IOException {
    ResultsDirectory run = SampleRun.directory(temp.resolve("run"), false);
    for (String peer : List.of("one", "two")) {
      Series series = Series.of("burst").subject(peer).backend("memory").workload("adversarial");
      try (CsvFile csv = run.csv(series, "tau_us", "measured", "bound")) {
        csv.row(1, 1, 1);
        run.add(series.raw(csv.raw()).exact(Metric.MAX_IN_WINDOW, 1, 1));
      }
    }

    JsonNode lines = charts(page(run)).get(0).get("lines");

    assertThat(lines.get(0).get("variant").intValue()).isZero();
    assertThat(lines.get(1).get("variant").intValue()).isEqualTo(1);
  }

  @Test
  void aPolicyThatIsNoNumberIsLeftOut() throws IOException {
    for (String limit : List.of("Infinity", "NaN", "-1", "ten")) {
      Path run = temp.resolve(limit);
      ResultsDirectory.create(run, Map.of(), Map.of("limit", limit, "window_us", "1000"));
      Pages.write(run);
      assertThat(Files.readString(run.resolve("summary.md"))).doesNotContain("Policy:");
    }
    assertThat(markdown).contains("Policy: 100 permits per 1 s.");
  }

  @Test
  void everyMarkdownTableHasAsManyCellsInEachRow() {
    List<String> lines = markdown.lines().toList();
    int tables = 0;
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).startsWith("| --")) {
        tables++;
        int cells = cells(lines.get(i));
        assertThat(cells(lines.get(i - 1))).isEqualTo(cells);
        assertThat(lines.get(i - 2)).isEmpty();
        for (int row = i + 1; row < lines.size() && lines.get(row).startsWith("|"); row++) {
          assertThat(cells(lines.get(row))).as(lines.get(row)).isEqualTo(cells);
        }
      }
    }
    assertThat(tables).isEqualTo(28);
  }

  @Test
  void markdownHasTheNumbersThatThePageHas() {
    assertThat(markdown)
        .contains(
            "# Ratelab results",
            "Only sliding-window-log and leaky-bucket hold N in every window;",
            "(2.1× Bucket4j)",
            "> **Warning:** Only 2 cores",
            "| fixed-window | memory | adversarial | 200 | 200 | 1 |",
            "## How long does a caller wait?",
            "## What does it keep?",
            "| gcra | 128 B \\[125 B … 132 B\\] | 104 B \\[101 B … 108 B\\] |",
            "- cpu: Sample CPU @ 2.8 GHz");
  }

  @Test
  void whatAFileSaysIsNeverMarkdown() throws IOException {
    ResultsDirectory run =
        ResultsDirectory.create(temp.resolve("run"), Map.of(), Map.of("a&lt;b", "`c`"));
    run.warn("markup", "<b>*x*</b>\n# y | z");
    run.add(Series.of("accuracy")
        .algorithm("gcra")
        .backend("memory")
        .workload("a|b <script>alert(1)</script> [x](y)")
        .exact(Metric.DIFFER, 0.5, 10));

    Pages.write(run.path());
    assertThat(Files.readString(run.path().resolve("summary.md")))
        .contains(
            "> **Warning:** \\<b\\>\\*x\\*\\</b\\> \\# y \\| z\n",
            "| a\\|b \\<script\\>alert(1)\\</script\\> \\[x\\](y) |",
            "- a\\&lt;b: \\`c\\`\n");
  }

  private static int cells(String row) {
    return row.replace("\\|", "").split("\\|", -1).length;
  }

  private static String page(ResultsDirectory run) throws IOException {
    return Files.readString(Pages.write(run.path()));
  }

  private static void assertClose(String printed, double value) {
    assertThat(Double.parseDouble(printed)).isEqualTo(value, within(Math.abs(value) * 1e-5));
  }

  /** Each start tag has its end tag, in order; no attribute is given twice; each id is there once. */
  private static void assertWellFormed(String page) {
    assertThat(page).startsWith("<!doctype html>");
    String markup = withoutScripts(page);
    assertThat(TAG.matcher(markup).replaceAll("").replace("<!doctype html>", ""))
        .as("a < that is no tag")
        .doesNotContain("<");
    Deque<String> open = new ArrayDeque<>();
    Set<String> ids = new HashSet<>();
    Matcher tags = TAG.matcher(markup);
    while (tags.find()) {
      String name = tags.group(2);
      if (!tags.group(1).isEmpty()) {
        assertThat(open.pop()).as(tags.group()).isEqualTo(name);
        continue;
      }
      Set<String> attributes = new HashSet<>();
      Matcher attribute = Pattern.compile("([a-z-]+)(=\"([^\"]*)\")?").matcher(tags.group(3));
      while (attribute.find()) {
        assertThat(attributes.add(attribute.group(1))).as(tags.group()).isTrue();
        if (attribute.group(1).equals("id")) {
          assertThat(ids.add(attribute.group(3))).as(tags.group()).isTrue();
        }
      }
      if (!VOID.contains(name)) {
        open.push(name);
      }
    }
    assertThat(open).isEmpty();
    assertThat(ids).containsAll(found(markup, "href=\"#([^\"]*)\""));
  }

  private static String withoutScripts(String page) {
    return page.replaceAll("(?s)(<script[^>]*>).*?</script>", "$1</script>")
        .replaceAll("(?s)<style>.*?</style>", "<style></style>");
  }

  private static JsonNode chart(JsonNode charts, String title) {
    return StreamSupport.stream(charts.spliterator(), false)
        .filter(chart -> chart.get("title").stringValue().equals(title))
        .findFirst()
        .orElseThrow();
  }
}
