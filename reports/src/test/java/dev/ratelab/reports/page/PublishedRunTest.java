package dev.ratelab.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.PageTables;
import dev.ratelab.reports.page.PeersPage.Pair;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The run that is shipped is whole, and every number that is said of it comes from it. */
class PublishedRunTest {
  private static final Path PUBLISHED = Path.of("published");
  private static final long MOST_BYTES = 12_000_000;

  @Test
  void theReadmesNumbersAreThoseOfThePublishedRun() throws IOException {
    ReportedRun run = run();
    PageTables.requireWritten(Path.of("..", "README.md"), "numbers", Markdown.table(ours(run)));
  }

  @Test
  void thePageLeadsWithTenRows() throws IOException {
    Table table = bestPeers(run());

    assertThat(table.rows()).hasSize(10);
    PageTables.requireWritten(PUBLISHED.resolve("README.md"), "numbers", Markdown.table(table));
  }

  @Test
  void theRatiosBehindItAreTheRunsOwn() throws IOException {
    ReportedRun run = run();
    StringBuilder tables = new StringBuilder(Markdown.table(peers(run)));
    Section section = PeersPage.section(run);
    section.tables().forEach(table -> tables.append(Markdown.table(table)));
    PageTables.requireWritten(PUBLISHED.resolve("peers.md"), "numbers", tables.toString());
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

  /** The newest. */
  private static Path directory() throws IOException {
    try (Stream<Path> runs = Files.list(PUBLISHED)) {
      // The others are runs of one experiment.
      return runs.filter(path -> path.getFileName().toString().matches("\\d{4}-\\d\\d-\\d\\d"))
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
    List<Measurement> burst = BurstPage.worst(run);
    return new Table.Of<String>()
        .text("algorithm", algorithm -> algorithm)
        .number(
            "E(W)/N",
            algorithm -> Numbers.ratio(
                Objects.requireNonNull(BackendSummary.row(burst, algorithm)).value() / limit))
        .number("differ from the exact log", algorithm -> worst(run, algorithm))
        .number("in memory", algorithm -> rate(memory, algorithm))
        .number("Redis over Lettuce", algorithm -> rate(lettuce, algorithm))
        .number("Redis over Jedis", algorithm -> rate(jedis, algorithm))
        .number("p99, Lettuce", algorithm -> value(lettuce.waits(), algorithm))
        .number("Redis CPU", algorithm -> value(lettuce.cpu(), algorithm))
        .number("Redis memory a key", algorithm -> value(lettuce.bytes(), algorithm))
        .rows(
            "Decisions a second, and their share of what the machine allows (in memory reading the clock, on Redis a script that does nothing)",
            Algorithms.measured(run.results().measurements()));
  }

  private static Table peers(ReportedRun run) {
    List<Measurement> rates = run.metric("throughput", Metric.OPERATIONS);
    List<Pair> pairs = rates.stream()
        .filter(peer -> Algorithms.isPeer(peer) && peer.workload().equals("zipf-0.99"))
        .flatMap(peer ->
            PeersPage.counterparts(run, peer).stream().limit(1).map(ours -> new Pair(ours, peer)))
        .toList();
    return new Table.Of<Pair>()
        .text("peer", pair -> pair.other().subject())
        .text("where", pair -> Names.place(pair.other()))
        .number("decisions a second", pair -> Numbers.value(pair.other()))
        .text("beside our", pair -> pair.ours().algorithm())
        .number("ours / peer", PublishedRunTest::ratio)
        .rows("The limiters of others in the same run", pairs);
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
    return new Table.Of<Pair>()
        .text("what", Pair::metric)
        .text("where", pair -> Names.place(pair.ours()))
        .text("load", pair -> Names.load(pair.other()))
        .text("best peer", pair -> pair.other().subject())
        .number("its value", pair -> Numbers.value(pair.other()))
        .text("beside our", pair -> pair.ours().algorithm())
        .number("ours", pair -> Numbers.value(pair.ours()))
        .number("ours / peer", PublishedRunTest::ratio)
        .rows(
            "Ratelab beside the best peer of each row",
            QUESTIONS.stream().map(question -> best(run, question)).toList());
  }

  private static Pair best(ReportedRun run, Question question) {
    boolean higher = question.metric.better() == Metric.Better.HIGHER;
    Measurement peer = run.results().measurements().stream()
        .filter(m -> Algorithms.isPeer(m) && question.isAsked(m))
        .max(Comparator.comparingInt(Measurement::threads)
            .thenComparingDouble(m -> higher ? m.value() : -m.value()))
        .orElseThrow();
    return new Pair(PeersPage.counterparts(run, peer).get(0), peer);
  }

  private static String ratio(Pair pair) {
    return Ratio.of(pair.ours(), pair.other())
        .map(ratio ->
            Ratio.meet(pair.ours(), pair.other()) ? "not told apart" : Numbers.times(ratio.value()))
        .orElse("–");
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

  private static String rate(BackendSummary place, String algorithm) {
    return value(place.rates(), algorithm)
        + place
            .share(algorithm)
            .map(ratio -> " (%s)".formatted(Numbers.wholeShare(ratio.value())))
            .orElse("");
  }

  private static String value(List<Measurement> rows, String algorithm) {
    Measurement m = BackendSummary.row(rows, algorithm);
    return m == null ? "–" : Numbers.value(m);
  }
}
