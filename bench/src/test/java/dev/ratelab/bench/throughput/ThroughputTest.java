package dev.ratelab.bench.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Ratio;
import dev.ratelab.reports.results.RawSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class ThroughputTest {
  private static final Duration MILLI = Duration.ofMillis(20);

  @TempDir
  private Path directory;

  /** Four counters on Redis for a key, and one answer. */
  @Test
  void severalPoliciesDecideTogetherInMemoryAndOnRedis() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded");
        Targets targets = new Targets(redis.address().toString());
        Jedis jedis = new Jedis(redis.address().host(), redis.address().port())) {
      for (Subject subject : List.of(
          new Subject("gcra", Subject.MEMORY, "none"),
          new Subject("gcra", Subject.REDIS, "lettuce"))) {
        Target target = targets.target(subject, Limit.of(1, Duration.ofHours(1)), 4);

        assertThat(target.call().apply("k")).hasFieldOrPropertyWithValue("allowed", true);
        assertThat(target.callAsync().apply("k").toCompletableFuture().join())
            .hasFieldOrPropertyWithValue("allowed", false);
      }
      assertThat(jedis.dbSize()).isEqualTo(4);
    }
  }

  @Test
  void onRedisItsOwnProcessorTimeIsHeldAgainstTheLimitTurnByTurn() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run = TestRuns.of(
          directory, Limit.of(100, Duration.ofSeconds(1)), redis.address().toString());
      List<Group> groups = Group.onRedis(
          List.of(
              new Subject("gcra", Subject.REDIS, "lettuce"),
              new Subject(Subject.NO_OP, Subject.REDIS, "lettuce")),
          Popularity.ZIPF,
          Group.IN_FLIGHT);

      // So long that a turn on a busy machine asks Redis for more than reading its counters does.
      Effort.Amount small = new Effort.Amount(1, 3, 1, MILLI, Duration.ofMillis(200));
      new ClosedLoop(run, "throughput", small, small).measure(groups, 1);

      Measurement time = run.results().results().measurements().stream()
          .filter(row -> row.metric().equals("server-cpu-per-decision"))
          .findFirst()
          .orElseThrow();
      assertThat(time.value()).isPositive();
      assertThat(time.ratios()).extracting(Ratio::to).containsExactly(Subject.NO_OP);
      assertThat(RawSeries.read(run.results().path(), time.raw(), "server_cpu_us"))
          .hasSize(3);
    }
  }

  @Test
  void everyWorkloadAndNumberOfThreadsIsARowOfItsOwnAndAllocationIsMeasuredBesideIt()
      throws Exception {
    List<String> steps = new ArrayList<>();
    Run run = TestRuns.of(directory, Limit.of(100, Duration.ofSeconds(1)), null)
        .withProgress((step, done) -> steps.add(step));
    Subject gcra = new Subject("gcra", "memory", "none");
    List<Group> groups = List.of(
        Group.inMemory(gcra, Popularity.UNIFORM, 1),
        Group.inMemory(gcra, Popularity.ONE_HOT_KEY, 2),
        Group.inMemory(gcra, Popularity.UNIFORM, 1).withPolicies(4),
        Group.inMemory(gcra, Popularity.ONE_HOT_KEY, 2).as(Group.NUMBER),
        Group.inMemory(new Subject("guava", "memory", "none"), Popularity.UNIFORM, 1),
        Group.inMemory(new Subject("clock-read", "memory", "none"), Popularity.UNIFORM, 1),
        Group.inMemory(gcra, Popularity.UNIFORM, 1).as(Group.NEW_STRING),
        Group.inMemory(new Subject("guava", "memory", "none"), Popularity.UNIFORM, 1)
            .as(Group.NEW_STRING));

    Effort.Amount small = new Effort.Amount(2, 3, 1, MILLI, MILLI);
    new ClosedLoop(run, "throughput", small, small).measure(groups, 1);

    List<String> turns = steps.stream().filter(step -> step.contains("round")).toList();
    assertThat(turns).hasSize(2 * 3 * 8);
    assertThat(turns.subList(0, 12)).isNotEqualTo(turns.subList(12, 24));
    List<Measurement> rows = run.results().results().measurements();
    assertThat(rows.stream()
            .filter(row -> row.metric().equals("operations"))
            .map(row -> row.subject() + " " + row.workload() + " " + row.threads()))
        .containsExactly(
            "ratelab uniform 1",
            "ratelab uniform-4-policies 1",
            "guava uniform 1",
            "limit clock-read 1",
            "ratelab one-hot-key 2",
            "ratelab one-hot-key-hashed-key 2",
            "ratelab uniform-new-string 1",
            "guava uniform-new-string 1");
    assertThat(rows.stream().filter(row -> row.metric().equals("operations")))
        .as("each is held against the limit and the peers of its own panel, in turns")
        .extracting(row -> row.ratios().stream().map(Ratio::to).toList())
        .containsExactly(
            List.of("clock-read", "guava"),
            List.of("clock-read", "guava"),
            List.of("clock-read"),
            List.of(),
            List.of(),
            List.of(),
            List.of("guava"),
            List.of());
    assertThat(rows).allSatisfy(row -> assertThat(row.samples()).isEqualTo(6));
    assertThat(rows.stream().filter(row -> row.metric().equals("bytes-per-decision")))
        .as("a decision is an object; a number and a reading of the clock are none")
        .hasSize(8)
        .filteredOn(row -> !row.subject().equals("guava"))
        .allMatch(row -> (row.subject().equals("limit") || row.workload().endsWith("-hashed-key"))
            ? row.value() < 16
            : row.value() >= 16);
    Measurement first = rows.get(0);
    assertThat(RawSeries.read(
            run.results().path(), first.raw(), "fork", "iteration", "operations_per_s"))
        .hasSize(6);
  }
}
