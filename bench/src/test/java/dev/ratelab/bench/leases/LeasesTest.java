package dev.ratelab.bench.leases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.rediscost.Counters;
import dev.ratelab.bench.rediscost.Servers;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
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

class LeasesTest {
  private static final Limit LIMIT = Limit.of(100, Duration.ofSeconds(1));
  private static final Subject LETTUCE = new Subject("gcra", Subject.REDIS, "lettuce");
  private static final Subject JEDIS = new Subject("gcra", Subject.REDIS, "jedis");
  private static final Subject ONE = LETTUCE.leased(Lease.of(1, Duration.ofSeconds(1)));
  private static final Subject TEN = LETTUCE.leased(Lease.of(10, Duration.ofSeconds(1)));

  @TempDir
  private Path directory;

  @Test
  void speedCallsAndErrorAreMeasuredBesideThoseWithoutALease() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run = TestRuns.of(directory, LIMIT, redis.address().toString());

      new Leases().run(run);

      String hot = "one-hot-key-admitted";
      assertThat(calls(run, hot, JEDIS)).as("two that wait may share one").isBetween(0.5, 1.0);
      assertThat(calls(run, hot + ONE.name().substring(4), ONE)).isEqualTo(1);
      assertThat(calls(run, hot + TEN.name().substring(4), TEN))
          .as("blocks grow from 1 to 10")
          .isBetween(0.1, 0.5);
      Subject memory = new Subject("gcra", Subject.MEMORY, "none");
      assertThat(calls(run, hot, memory)).isZero();
      Measurement leased = row(run, hot + TEN.name().substring(4), "operations");
      assertThat(leased.ratios())
          .extracting(Ratio::to)
          .containsExactly("memory", "call-a-decision", "batches");
      assertThat(leased.ratioTo("call-a-decision").orElseThrow().value())
          .as("turn by turn, from the raw files")
          .isCloseTo(median(run, leased, row(run, hot, "operations", "jedis")), within(1e-6));
      for (String load : List.of("poisson-one-hot-key-denied", "bursts-one-hot-key")) {
        String name = load + TEN.name().substring(4);
        assertThat(row(run, name, "worst-ratio").value()).as(name).isBetween(0.01, 1.0);
        assertThat(row(run, name, "calls-per-decision").value()).as(name).isLessThan(1);
        assertThat(row(run, load, "calls-per-decision").value()).as(load).isPositive();
        assertThat(row(run, name, "lapsed").value()).as(name).isBetween(0.0, 1.0);
      }
    }
  }

  @Test
  void theCallsCountedAreThoseThatTheServerCounts() throws Exception {
    Policy policy = Policy.of("p", Algorithm.GCRA, LIMIT.withBurst(1_000))
        .withLease(Lease.of(7, Duration.ofMillis(100)))
        .withDeadline(Target.DEADLINE);
    try (RunningRedis redis = RunningRedis.open("embedded");
        Servers servers = new Servers(redis.address(), false);
        RedisClient first = LettuceClient.connect(redis.address());
        RedisClient second = LettuceClient.connect(redis.address())) {
      List<RedisClient> clients = List.of(first, second);
      // The first calls teach the server the scripts, which is a call more.
      long unused = asked(clients, "a", policy.withLease(null));
      unused += asked(clients, "a", policy);
      assertThat(unused).isPositive();
      // What was borrowed ahead may still be under way; on one connection a PING is answered after
      // it.
      clients.forEach(client -> client.pingBlocking(Target.DEADLINE));
      Counters before = servers.read();

      long counted = asked(clients, "b", policy);
      clients.forEach(client -> client.pingBlocking(Target.DEADLINE));

      assertThat(counted).isEqualTo((long) servers.read().minus(before).scripts());
      assertThat(counted).isBetween(1L, 499L);
    }
  }

  @Test
  void withoutARedisTheErrorByAlgorithmIsMeasured() throws Exception {
    List<Double> done = new ArrayList<>();
    Run run = TestRuns.of(directory, LIMIT, null).withProgress((step, share) -> done.add(share));

    new Leases().run(run);

    assertThat(run.results().results().measurements())
        .extracting(Measurement::backend)
        .containsOnly("simulated");
    assertThat(new Leases().planned(run)).isPositive();
    assertThat(done)
        .startsWith(0.0)
        .isSorted()
        .doesNotHaveDuplicates()
        .allMatch(share -> share < 1);
    assertThat(TestRuns.warning(run.results().results(), "leases")).contains("needs a Redis");
  }

  @Test
  void aLeaseIsPartOfTheSubject() {
    Subject read = Subject.parse(TEN.id());

    assertThat(read).isEqualTo(TEN);
    assertThat(read.lease()).isEqualTo(Lease.of(10, Duration.ofSeconds(1)));
    assertThat(read.policy(LIMIT, "p").lease()).isEqualTo(read.lease());
    assertThat(read.policy(LIMIT, "p").algorithm()).isEqualTo(Algorithm.GCRA);
    assertThat(read.series("leases", "w").workload()).isEqualTo("w-lease-10-for-1000ms");
    assertThat(LETTUCE.lease()).isNull();
  }

  private static long asked(List<RedisClient> clients, String namespace, Policy policy) {
    try (Instances instances = Instances.on(clients, namespace, policy)) {
      for (int i = 0; i < 500; i++) {
        instances.send(i % clients.size(), "k");
        assertThat(instances.answered()).hasSize(i + 1);
      }
      return instances.scripts();
    }
  }

  private static double calls(Run run, String workload, Subject subject) {
    return row(run, workload, "calls-per-decision", subject.client()).value();
  }

  private static Measurement row(Run run, String workload, String metric, String... client) {
    return run.results().results().measurements().stream()
        .filter(m -> m.workload().equals(workload) && m.metric().equals(metric))
        .filter(m -> client.length == 0 || m.client().equals(client[0]))
        .findFirst()
        .orElseThrow();
  }

  /** The geometric mean of two turns is the median of their logarithms. */
  private static double median(Run run, Measurement own, Measurement other) throws Exception {
    List<double[]> ours = RawSeries.read(run.results().path(), own.raw(), "operations_per_s");
    List<double[]> theirs = RawSeries.read(run.results().path(), other.raw(), "operations_per_s");
    assertThat(ours).hasSize(2);
    return Math.sqrt(ours.get(0)[0] / theirs.get(0)[0] * ours.get(1)[0] / theirs.get(1)[0]);
  }
}
