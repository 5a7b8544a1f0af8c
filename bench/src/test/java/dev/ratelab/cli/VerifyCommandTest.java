package dev.ratelab.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.ResultsReader;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.suite.Implementation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class VerifyCommandTest extends CommandRun {
  private static final String SUBJECT = "java with a fault";

  @Test
  void everyPropertyIsTriedOnEveryImplementation() throws IOException {
    Path results = directory.resolve("run");

    int exit = run("verify --tries 2 --out " + results);

    assertThat(exit).as(err.toString()).isZero();
    List<Measurement> rows = ResultsReader.read(results).measurements();
    assertThat(rows).allSatisfy(row -> {
      assertThat(row.experiment()).isEqualTo("verification");
      assertThat(row.metric()).isEqualTo("property");
      assertThat(row.value()).isEqualTo(1);
      assertThat(row.samples()).isEqualTo(2);
    });
    long pairs = Arrays.stream(Property.values())
        .flatMap(property -> Arrays.stream(Algorithm.values()).filter(property::accepts))
        .count();
    assertThat(rows.stream()
            .collect(Collectors.groupingBy(
                row -> row.backend() + " " + row.client(), Collectors.counting())))
        .containsOnly(
            Map.entry("none java", pairs - 3L * Algorithm.values().length),
            Map.entry("memory none", pairs - Algorithm.values().length),
            Map.entry("redis lettuce", pairs),
            Map.entry("redis jedis", pairs));
    assertThat(out.toString())
        .contains("property                java  memory  redis over lettuce  redis over jedis\n")
        .containsPattern("\nBound +14 +14 +14 +14\n")
        .containsPattern("\nMemory +14 +- +14 +14\n")
        .containsPattern("\\nAll or none +- +14 +14 +14\\n")
        .containsPattern("\\nBatched = single +- +14 +14 +14\\n")
        .contains("- Memory not tried on memory: its store")
        .contains("- All or none not tried on java: a transition decides for one policy")
        .contains("Report: " + results.resolve("report.html").toUri());
  }

  @Test
  void aClusterIsVerifiedLikeAServer() throws IOException {
    Path results = directory.resolve("run");
    try (RedisCluster cluster = RedisCluster.start(3)) {

      int exit = run("verify --redis %s --tries 2 --algorithm gcra --out %s"
          .formatted(cluster.addresses().get(0), results));

      assertThat(exit).as(err.toString()).isZero();
    }
    assertThat(ResultsReader.read(results).measurements().stream()
            .filter(row -> row.backend().equals("redis-cluster"))
            .filter(row -> row.workload().equals(Property.MEMORY.title())))
        .extracting(Measurement::client)
        .containsExactly("lettuce", "jedis");
  }

  @Test
  void aBrokenPromiseLeavesACounterexampleThatCanBeReplayed() throws IOException {
    Path results = directory.resolve("run");

    int exit = faulty("--tries 300 --algorithm sliding-window-counter --out " + results);

    assertThat(exit).isEqualTo(1);
    assertThat(out.toString()).containsPattern("\nBound +BROKEN\n");
    assertThat(err.toString()).contains("verification failed: broken promises: ");
    Measurement broken = ResultsReader.read(results).measurements().stream()
        .filter(row -> row.workload().equals(Property.BOUND.title()))
        .findFirst()
        .orElseThrow();
    assertThat(broken.value()).isZero();
    assertThat(broken.raw()).isNotNull();
    String file = results.resolve(broken.raw()).toString();
    assertThat(out.toString())
        .contains("BROKEN Bound, sliding-window-counter, java-faulty: " + file);
    assertThat(Files.readString(results.resolve("report.html")))
        .contains("Bound, sliding-window-counter, java-faulty", "\"kind\":\"timeline\"");

    assertThat(faulty("--replay " + file)).isEqualTo(1);
    assertThat(out.toString()).contains(SUBJECT + ": BROKEN, ");

    assertThat(run("verify --replay " + file)).isZero();
    assertThat(out.toString())
        .contains("Bound, broken then by " + SUBJECT)
        .contains("java: holds", "memory: holds")
        .contains("redis over lettuce: holds", "redis over jedis: holds");
  }

  @Test
  void equalSeedsFindTheSameCounterexamples() throws IOException {
    assertThat(counterexamples("first", "5")).isEqualTo(counterexamples("second", "5"));
    assertThat(counterexamples("third", "6")).isNotEqualTo(counterexamples("again", "5"));
  }

  private List<String> counterexamples(String name, String seed) throws IOException {
    Path results = directory.resolve(name);
    faulty("--tries 100 --algorithm gcra --seed %s --out %s".formatted(seed, results));
    try (Stream<Path> files = Files.list(results.resolve("raw"))) {
      List<Path> sorted = files.sorted().toList();
      assertThat(sorted).isNotEmpty();
      return sorted.stream().map(VerifyCommandTest::text).toList();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The command over an implementation with an off-by-one in its limit, wherever the domain has room for it. */
  private int faulty(String arguments) {
    TransitionSubject subject = new TransitionSubject(
        SUBJECT, policy -> Transition.of(policy.algorithm(), oneMore(policy.limit())));
    VerifyCommand command = new VerifyCommand(
        (targets, redis) -> List.of(Implementation.of(subject, "none", "java-faulty")));
    return run(Ratelab.commandLine(command), ("--redis none " + arguments).split(" "));
  }

  private static Limit oneMore(Limit limit) {
    long more = limit.permits() + 1;
    return more <= Limit.MAX_PERMITS && more <= Limit.MAX_PRODUCT / limit.windowMicros()
        ? new Limit(more, limit.windowMicros(), more)
        : limit;
  }
}
