package dev.ratelab.bench.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Measurement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class ScalingTest {
  @TempDir
  private Path directory;

  @Test
  void everyNumberOfKeysOnRedisIsARowBesideTheScriptThatDoesNothingAndNoKeyStaysBehind()
      throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded");
        Jedis jedis = new Jedis(redis.address().host(), redis.address().port())) {
      String url = redis.address().toString();
      Run run = TestRuns.of(directory, Limit.of(10, Duration.ofSeconds(1)), url);
      List<Long> alive = new ArrayList<>();
      Run watched = run.withProgress((step, done) -> {
        if (step.startsWith("redis, ")) {
          alive.add(jedis.dbSize());
        }
      });

      try (Targets targets = new Targets(url)) {
        new RedisKeyScaling(watched, targets).measure();
      }

      List<Measurement> rows = run.results().results().measurements();
      int algorithms = Algorithm.values().length;
      assertThat(rows).hasSize(2 * (2 * algorithms + 1));
      assertThat(rows).allMatch(row -> row.metric().equals("time-per-decision"));
      assertThat(rows.stream().filter(row -> row.subject().equals("limit")))
          .extracting(Measurement::workload)
          .containsExactly("no-op-evalsha-keys-100", "no-op-evalsha-keys-1000");
      assertThat(alive)
          .as("before each number of keys, those of the one before: a key for each algorithm")
          .containsExactly(0L, 100L * algorithms);
      assertThat(jedis.dbSize()).isZero();
    }
  }

  @Test
  void theBenchmarkAsksForKnownKeysOnlyOnceAllAreAlive() {
    for (Algorithm algorithm : Algorithm.values()) {
      KeysBenchmark benchmark = new KeysBenchmark();
      benchmark.subject = algorithm.id();
      benchmark.keys = 300;
      benchmark.windowMicros = Duration.ofHours(1).toNanos() / 1_000;
      benchmark.names();

      for (int i = 0; i < 1_000; i++) {
        assertThat(benchmark.anyKey())
            .as(algorithm.id())
            .hasFieldOrPropertyWithValue("allowed", false);
      }
      KeysBenchmark.Longest longest = new KeysBenchmark.Longest();
      assertThat(benchmark.longest(longest)).hasFieldOrPropertyWithValue("allowed", false);
      assertThat(longest.nanos).isPositive();
    }
  }

  @Test
  void theFullProfileGoesUpToTenMillionKeys() {
    assertThat(Scaling.memoryKeys(Profile.FULL)).startsWith(100).endsWith(10_000_000);
    assertThat(Scaling.redisKeys(Profile.FULL)).startsWith(100).endsWith(10_000_000);
  }
}
