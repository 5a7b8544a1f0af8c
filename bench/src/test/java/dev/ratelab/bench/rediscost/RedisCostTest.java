package dev.ratelab.bench.rediscost;

import static dev.ratelab.bench.TestRuns.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.JedisClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.Script;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Measurement;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RedisCostTest {
  private static final Limit LIMIT = Limit.of(10, Duration.ofSeconds(1));
  private static final byte[] KEY = "ratelab".getBytes(StandardCharsets.US_ASCII);

  @TempDir
  private Path directory;

  @Test
  void everyStateOfEveryAlgorithmIsCountedByTheServer() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run = run(redis.address());

      new RedisCost().run(run);

      for (Subject subject : Subject.limiters(run)) {
        if (!subject.isRemote()) {
          continue;
        }
        boolean alone = subject.client().equals("jedis");
        // The script, the clock, what reads the state and what writes it, without our own INFO; the
        // log looks whether a key is there, and has an expiry.
        double fresh = subject.name().equals("sliding-window-log") ? 6 : 4;
        for (String state : List.of("fresh", "admitted", "denied")) {
          assertThat(value(run, subject, state, "scripts-per-decision"))
              .as("%s: one, or one for up to 16 that happen to wait", subject.title())
              .isBetween(alone ? 1.0 : 1.0 / 16, 1.0);
          double most = state.equals("denied") ? 3 : state.equals("fresh") ? fresh : 5.1;
          double least = state.equals("admitted") ? 4 : most;
          assertThat(value(run, subject, state, "commands-per-decision"))
              .as("%s, %s", subject.title(), state)
              .isBetween(alone ? least : most / 16, most);
          assertThat(value(run, subject, state, "usec-per-script")).isPositive();
          assertThat(value(run, subject, state, "cpu-per-decision")).isPositive();
          assertThat(value(run, subject, state, "network-bytes-per-decision"))
              .isBetween(alone ? 250.0 : 90.0, 300.0);
        }
        // A denial writes nothing; only the log looks at as much. How many share a call differs.
        if (alone) {
          assertThat(value(run, subject, "denied", "commands-per-decision"))
              .as(subject.title())
              .isLessThanOrEqualTo(value(run, subject, "fresh", "commands-per-decision"));
        }
      }
      for (String client : Subject.CLIENTS) {
        assertThat(limit(run, "ping", client, "commands-per-decision")).hasValue(1.0);
        assertThat(limit(run, "ping", client, "usec-per-script")).isEmpty();
        assertThat(limit(run, "no-op-evalsha", client, "commands-per-decision")).hasValue(1.0);
      }
    }
  }

  /** Red if it were counted by the client, or if the wrong counter were read. */
  @Test
  void aScriptThatIsBusyCostsMoreThanOneThatDoesNothing() {
    try (RunningRedis redis = RunningRedis.open("embedded");
        Servers servers = new Servers(redis.address(), false);
        RedisClient client = JedisClient.connect(redis.address())) {
      // Elapsed time: whoever takes the processor away meanwhile only adds to it, so the least of
      // several tells.
      Counters nothing = Stream.generate(() -> cost(servers, client, "return {0}"))
          .limit(5)
          .min(Comparator.comparingDouble(Counters::scriptMicros))
          .orElseThrow();
      Counters busy =
          cost(servers, client, "local x = 0 for i = 1, 20000 do x = x + i end return {x}");

      assertThat(nothing.scripts()).isEqualTo(50);
      assertThat(busy.scripts()).isEqualTo(50);
      assertThat(busy.scriptMicros()).isGreaterThan(5 * nothing.scriptMicros());
    }
  }

  @Test
  void aClustersNodesAreAddedUp() throws Exception {
    try (RedisCluster cluster = RedisCluster.start(3)) {
      Run run = run(cluster.addresses().get(1));

      new RedisCost().run(run);

      Subject gcra = new Subject("gcra", "redis-cluster", "lettuce");
      assertThat(value(run, gcra, "fresh", "scripts-per-decision"))
          .as("most keys lie on other nodes than the one named")
          .isBetween(0.5, 1.0);
    }
  }

  static List<Experiment> experiments() {
    return List.of(new RedisCost(), new TenantCost(), new ClusterCost());
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void withoutARedisTheRunSaysSo(Experiment experiment) throws Exception {
    Run run = TestRuns.of(directory, LIMIT, null);

    experiment.run(run);

    assertThat(run.results().results().measurements()).isEmpty();
    assertThat(TestRuns.warning(run.results().results(), experiment.name().replace('-', '_')))
        .contains("needs a Redis");
  }

  @Test
  void infoIsReadByNameAndEveryKindOfScriptCounts() {
    // The server ends its lines with a carriage return, too.
    Counters counters = Counters.parse("""
        used_cpu_sys:1.5
        used_cpu_sys_children:9
        used_cpu_user:0.25
        total_net_input_bytes:10
        total_net_output_bytes:5
        cmdstat_evalsha:calls=3,usec=30,usec_per_call=10.00
        cmdstat_fcall:calls=1,usec=2,usec_per_call=2.00
        cmdstat_config|get:calls=2,usec=9,usec_per_call=4.50
        """.replace("\n", "\r\n"));

    assertThat(counters).isEqualTo(new Counters(1_750_000, 6, 4, 32, 15));
  }

  private Run run(RedisAddress address) throws Exception {
    return TestRuns.of(directory, LIMIT, address.toString());
  }

  private static Optional<Double> limit(Run run, String name, String client, String metric) {
    return run.results().results().measurements().stream()
        .filter(m -> m.workload().equals(name) && m.client().equals(client))
        .filter(m -> m.metric().equals(metric))
        .map(Measurement::value)
        .findFirst();
  }

  private static Counters cost(Servers servers, RedisClient client, String text) {
    Script script = Script.of("test", text);
    List<Long> unused = client.run(script, KEY, List.of(), Target.DEADLINE);
    Counters before = servers.read();
    for (int i = 0; i < 50; i++) {
      unused = client.run(script, KEY, List.of(), Target.DEADLINE);
    }
    assertThat(unused).hasSize(1);
    return servers.read().minus(before);
  }
}
