package dev.ratelab.bench.rediscost;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Turns;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.limiter.redis.launch.RedisCluster;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What several policies on one request cost a Redis Cluster, and what it costs a tenant that all of its counters lie in one slot:
 * the same requests of one tenant and of {@value #TENANTS}, decided by one, two and four policies, half of them per key and
 * half per tenant. By the servers' own counters, as {@link RedisCost}.
 *
 * <p>On the run's Redis if that is a cluster, otherwise on one of three nodes of its own. All requests are admitted.
 */
public final class TenantCost implements Experiment {
  private static final String NAME = "tenant-cost";
  private static final int TENANTS = 1_000;
  private static final int KEYS = 100;
  private static final int NODES = 3;
  private static final int IN_FLIGHT = 16;
  private static final int[] POLICIES = {1, 2, 4};

  /** More than is ever asked. */
  private static final Limit LIMIT = new Limit(1_000_000, TimeUnit.HOURS.toMicros(1), 1_000_000);

  private record Contestant(
      Algorithm algorithm, List<ScopedPolicy> policies, int tenants, List<NodeCosts> rounds) {
    static Contestant of(Algorithm algorithm, int policies, int tenants) {
      List<ScopedPolicy> scoped = IntStream.range(0, policies)
          .mapToObj(i -> {
            Policy policy = Policy.of("p" + i, algorithm, LIMIT).withDeadline(Target.DEADLINE);
            return i % 2 == 0 ? ScopedPolicy.perKey(policy) : ScopedPolicy.perTenant(policy);
          })
          // Not toList, which may hold nulls: each request would copy it.
          .collect(Collectors.toUnmodifiableList());
      return new Contestant(algorithm, scoped, tenants, new ArrayList<>());
    }

    String workload() {
      return "%s-%s-%s"
          .formatted(
              tenants == 1 ? "one-tenant" : "many-tenants",
              policies.size(),
              policies.size() == 1 ? "policy" : "policies");
    }

    String title() {
      return algorithm + ", " + workload();
    }

    Request request(int i) {
      return new Request("tenant" + i % tenants, "key" + i % KEYS, 1, policies);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort.Amount effort = Effort.TENANT_COST.of(run);
    int contestants = Algorithm.values().length * POLICIES.length * 2;
    return Duration.ofMillis((long) contestants * (effort.turns() + 1) * effort.size() / 12);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    RedisUnderTest redis = run.redis();
    if (redis == null) {
      run.results().warn("tenant_cost", "what a tenant costs Redis needs a Redis; none here");
      return;
    }
    if (redis.backend().equals(Subject.REDIS_CLUSTER)) {
      run(run, RedisAddress.parse(redis.url()));
      return;
    }
    try (RedisCluster own = RedisCluster.start(NODES)) {
      run(run, own.addresses().get(0));
    }
  }

  private static void run(Run run, RedisAddress address) throws InterruptedException, IOException {
    Effort.Amount effort = Effort.TENANT_COST.of(run);
    List<Contestant> contestants = Arrays.stream(Algorithm.values())
        .flatMap(algorithm -> Arrays.stream(POLICIES)
            .boxed()
            .flatMap(policies -> IntStream.of(1, TENANTS)
                .mapToObj(tenants -> Contestant.of(algorithm, policies, tenants))))
        .toList();
    try (RedisClient client = LettuceClient.connect(address);
        Servers servers = new Servers(address, true)) {
      measure(run, effort, contestants, client, servers);
    } finally {
      for (Contestant contestant : contestants) {
        write(run, effort, contestant);
      }
    }
  }

  private static void measure(
      Run run,
      Effort.Amount effort,
      List<Contestant> contestants,
      RedisClient client,
      Servers servers)
      throws InterruptedException, IOException {
    String namespace = "ratelab-" + UUID.randomUUID();
    AtomicInteger used = new AtomicInteger();
    // The first round only teaches the servers the scripts, and both sides what comes.
    Turns.warmed(run, effort.turns())
        .take(contestants, Contestant::title, (contestant, round, done) -> {
          // Counters of its own in each round, so that none is longer used than another.
          RateLimiter limiter = RateLimiters.guarded(
              client, namespace + "-" + used.getAndIncrement(), Guard.defaults());
          NodeCosts.Reading before = servers.begin();
          AdmittedRequests.ask(
              contestant.title(), limiter, effort.size(), IN_FLIGHT, contestant::request);
          NodeCosts costs = before.until(servers.readEach());
          if (round > 0) {
            contestant.rounds.add(costs);
          }
        });
  }

  private static void write(Run run, Effort.Amount effort, Contestant contestant)
      throws IOException {
    double n = effort.size();
    List<CostMetric<NodeCosts>> metrics = List.of(
        new CostMetric<>(
            Metric.SCRIPT_TIME,
            round -> round.sum().scriptMicros() / round.sum().scripts()),
        new CostMetric<>(Metric.CPU_PER_DECISION, round -> round.sum().cpuMicros() / n),
        new CostMetric<>(Metric.COMMANDS_PER_DECISION, round -> round.sum().commands() / n),
        new CostMetric<>(Metric.BUSIEST_NODE_SHARE, NodeCosts::busiestShare));
    Series series = new Subject(contestant.algorithm.id(), Subject.REDIS_CLUSTER, "lettuce")
        .series(NAME, contestant.workload());
    CostMetric.write(run, series, contestant.rounds, effort.size(), metrics);
  }
}
