package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.reports.page.Table.Cell;
import dev.ratelab.reports.page.Table.Column;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The run that is shipped is whole, and every number that is said of it comes from it. */
class PublishedRunTest {
  private static final Path PUBLISHED = Path.of("published");
  private static final String WRITE =
      ": PublishedRunTest compares them; -Dratelab.write=true writes them -->\n";
  private static final String END = "<!-- end of numbers -->\n";
  private static final long MOST_BYTES = 5_000_000;

  @Test
  void theReadmesNumbersAreThoseOfThePublishedRun() throws IOException {
    ReportedRun run = run();
    compare(Path.of("..", "README.md"), "<!-- numbers", Markdown.table(ours(run)));
  }

  @Test
  void thePageLeadsWithTenRows() throws IOException {
    Table table = bestPeers(run());

    assertThat(table.rows()).hasSize(10);
    compare(PUBLISHED.resolve("README.md"), "<!-- numbers", Markdown.table(table));
  }

  @Test
  void theRatiosBehindItAreTheRunsOwn() throws IOException {
    ReportedRun run = run();
    StringBuilder tables = new StringBuilder(Markdown.table(peers(run)));
    Section section = PeersPage.section(run);
    section.tables().forEach(table -> tables.append(Markdown.table(table)));
    compare(PUBLISHED.resolve("peers.md"), "<!-- numbers", tables.toString());
  }

  @Test
  void theRunIsWholeAndSmall() throws IOException {
    Path directory = directory();
    Results results = ResultsReader.read(directory);
    List<Path> files;
    try (Stream<Path> walk = Files.walk(directory)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }

    assertThat(bytes).isLessThan(MOST_BYTES);
    assertThat(results.measurements()).allSatisfy(m -> {
      if (m.raw() != null) {
        assertThat(directory.resolve(m.raw())).exists();
      }
    });
    assertThat(results.parameters()).containsEntry("profile", "full");
    assertThat(results.environment()).containsKeys("commit", "cpu", "redis", "redis_config");
    assertThat(results.notices(Notice.Kind.WARNING))
        .extracting(Notice::name)
        .contains("cores")
        .doesNotContain("stopped");
    assertThat(results.environment().get("commit")).doesNotContain("dirty");
    assertThat(results.measurements().stream().map(Measurement::experiment).distinct())
        .contains("throughput", "latency", "burst", "accuracy", "memory", "redis-cost", "http");
  }

  private static void compare(Path page, String marker, String expected) throws IOException {
    String text = Files.readString(page);
    String begin = marker + WRITE;
    assertThat(text).contains(begin, END);
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(END, from);
    String body = "\n" + expected.strip() + "\n\n";
    if (Boolean.getBoolean("ratelab.write")) {
      Files.writeString(page, text.substring(0, from) + body + text.substring(to));
    } else {
      assertThat(text.substring(from, to)).isEqualTo(body);
    }
  }

  /** The newest. */
  private static Path directory() throws IOException {
    try (Stream<Path> runs = Files.list(PUBLISHED)) {
      return runs.filter(path -> Files.exists(path.resolve("results.json")))
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  private static ReportedRun run() throws IOException {
    Path directory = directory();
    return new ReportedRun(directory, ResultsReader.read(directory));
  }

  private static Table ours(ReportedRun run) {
    List<BackendSummary> places = BackendSummary.of(run);
    BackendSummary memory = place(places, "memory");
    BackendSummary lettuce = place(places, "Redis over Lettuce");
    BackendSummary jedis = place(places, "Redis over Jedis");
    double limit = run.parameter(BurstPage.ID, "limit").orElseThrow();
    List<List<Cell>> rows = new ArrayList<>();
    for (String algorithm : Algorithms.measured(run.results().measurements())) {
      rows.add(List.of(
          Cell.of(algorithm),
          Cell.of(Numbers.ratio(
              Objects.requireNonNull(BackendSummary.row(BurstPage.worst(run), algorithm))
                      .value()
                  / limit)),
          Cell.of(worst(run, algorithm)),
          rate(memory, algorithm),
          rate(lettuce, algorithm),
          rate(jedis, algorithm),
          value(BackendSummary.row(lettuce.waits(), algorithm)),
          value(BackendSummary.row(lettuce.cpu(), algorithm)),
          value(BackendSummary.row(lettuce.bytes(), algorithm))));
    }
    return new Table(
        "Decisions a second, and their share of what the machine allows (in memory reading the clock, on Redis a script that does nothing)",
        List.of(
            Column.text("algorithm"),
            Column.number("E(W)/N"),
            Column.number("differ from the exact log"),
            Column.number("in memory"),
            Column.number("Redis over Lettuce"),
            Column.number("Redis over Jedis"),
            Column.number("p99, Lettuce"),
            Column.number("Redis CPU"),
            Column.number("Redis memory a key")),
        rows);
  }

  private static Table peers(ReportedRun run) {
    List<Measurement> rates = run.metric("throughput", Metric.OPERATIONS);
    List<List<Cell>> rows = new ArrayList<>();
    for (Measurement peer : rates) {
      if (!Algorithms.isPeer(peer) || !peer.workload().equals("zipf-0.99")) {
        continue;
      }
      Optional<Measurement> ours = rates.stream()
          .filter(m -> m.subject().equals(Measurement.RATELAB))
          .filter(m -> m.algorithm().equals(peer.algorithm()) && BackendSummary.sameLoad(peer, m))
          .findFirst();
      ours.ifPresent(m -> rows.add(List.of(
          Cell.of(peer.subject()),
          Cell.of(Names.place(peer)),
          Cell.of(Numbers.value(peer)),
          Cell.of(m.algorithm()),
          ratio(m, peer))));
    }
    return new Table(
        "The limiters of others in the same run",
        List.of(
            Column.text("peer"),
            Column.text("where"),
            Column.number("decisions a second"),
            Column.text("beside our"),
            Column.number("ours / peer")),
        rows);
  }

  /** What one row of the leading table compares. */
  private record Question(String experiment, Metric metric, String place, String workload) {
    boolean isAsked(Measurement m) {
      return m.experiment().equals(experiment)
          && metric.is(m)
          && Names.place(m).equals(place)
          && m.workload().equals(workload);
    }
  }

  private static final List<Question> QUESTIONS = List.of(
      new Question("throughput", Metric.OPERATIONS, "memory", "zipf-0.99"),
      new Question("throughput", Metric.OPERATIONS, "memory", "one-hot-key"),
      new Question("throughput", Metric.OPERATIONS, "Redis over Lettuce", "zipf-0.99"),
      new Question("throughput", Metric.OPERATIONS, "Redis over Jedis", "zipf-0.99"),
      new Question("latency", Metric.P99, "Redis over Lettuce", "poisson"),
      new Question("redis-cost", Metric.CPU_PER_DECISION, "Redis over Lettuce", "admitted"),
      new Question("redis-cost", Metric.CPU_PER_DECISION, "Redis over Lettuce", "denied"),
      new Question(
          "redis-cost", Metric.NETWORK_BYTES_PER_DECISION, "Redis over Lettuce", "admitted"),
      new Question("memory", Metric.BYTES_PER_KEY, "memory", "admitted-1"),
      new Question("http", Metric.P99, "memory", "poisson"));

  private static Table bestPeers(ReportedRun run) {
    List<List<Cell>> rows = new ArrayList<>();
    for (Question question : QUESTIONS) {
      Measurement peer = run.results().measurements().stream()
          .filter(m -> Algorithms.isPeer(m) && question.isAsked(m))
          .max(Comparator.comparingInt(Measurement::threads)
              .thenComparingDouble(
                  m -> question.metric.better() == Metric.Better.HIGHER ? m.value() : -m.value()))
          .orElseThrow();
      Measurement ours = PeersPage.counterparts(run, peer).get(0);
      rows.add(List.of(
          Cell.of(question.experiment + ", " + question.metric.label()),
          Cell.of(question.place),
          Cell.of(Names.load(peer)),
          Cell.of(peer.subject()),
          Cell.of(Numbers.value(peer)),
          Cell.of(ours.algorithm()),
          Cell.of(Numbers.value(ours)),
          ratio(ours, peer)));
    }
    return new Table(
        "Ratelab beside the best peer of each row",
        List.of(
            Column.text("what"),
            Column.text("where"),
            Column.text("load"),
            Column.text("best peer"),
            Column.number("its value"),
            Column.text("beside our"),
            Column.number("ours"),
            Column.number("ours / peer")),
        rows);
  }

  private static Cell ratio(Measurement ours, Measurement peer) {
    return Cell.of(Ratio.of(ours, peer)
        .map(ratio -> Ratio.meet(ours, peer) ? "not told apart" : Numbers.times(ratio.value()))
        .orElse("–"));
  }

  private static BackendSummary place(List<BackendSummary> places, String name) {
    return places.stream()
        .filter(place -> place.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String worst(ReportedRun run, String algorithm) {
    return run.metric(AccuracyPage.ID, Metric.DIFFER).stream()
        .filter(m -> m.algorithm().equals(algorithm))
        .max((one, other) -> Double.compare(one.value(), other.value()))
        .map(Numbers::value)
        .orElse("–");
  }

  private static Cell rate(BackendSummary place, String algorithm) {
    Measurement rate = BackendSummary.row(place.rates(), algorithm);
    String share = place
        .share(algorithm)
        .map(ratio -> String.format(Locale.ROOT, " (%s)", Numbers.wholeShare(ratio.value())))
        .orElse("");
    return Cell.of(rate == null ? "–" : Numbers.value(rate) + share);
  }

  private static Cell value(@Nullable Measurement m) {
    return Cell.of(m == null ? "–" : Numbers.value(m));
  }
}
