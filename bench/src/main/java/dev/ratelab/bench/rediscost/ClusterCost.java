package dev.ratelab.bench.rediscost;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Target;
import dev.ratelab.bench.Turns;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Decisions on clusters of {@code 1, 2, 3} and {@code 6} primaries of our own, and of three with replicas: how many a second, and what one
 * costs each node and the process that asks. With {@code gcra}; what another algorithm costs, {@link RedisCost} tells.
 *
 * <p>All nodes and the caller share the machine's cores. So the rate says what this machine does, and the processor time of the busiest node
 * says what a cluster would do whose nodes have a core each.
 */
public final class ClusterCost implements Experiment {
  private static final String NAME = "cluster";
  private static final int KEYS = 1_024;
  private static final int IN_FLIGHT = 64;
  private static final int BATCH = 100;

  private static final Lease LEASE = Lease.of(100, Duration.ofSeconds(1));

  /** More than a round asks of one key. */
  private static final Limit LIMIT = new Limit(1_000_000, TimeUnit.HOURS.toMicros(1), 1_000_000);

  private static final List<OwnCluster.Size> SIZES = List.of(
      new OwnCluster.Size(1, false),
      new OwnCluster.Size(2, false),
      new OwnCluster.Size(3, false),
      new OwnCluster.Size(6, false),
      new OwnCluster.Size(3, true));

  private enum Way {
    CALLS,
    BATCHES,
    LEASES;

    String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private record Round(NodeCosts nodes, double seconds, double callerMicros) {}

  private record Contestant(OwnCluster on, Way way, int keys, List<Round> rounds) {
    String workload() {
      return "%s-%s-%s"
          .formatted(way.id(), keys == 1 ? "one-key" : "many-keys", on.size().id());
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort.Amount effort = Effort.CLUSTER.of(run);
    int contestants = SIZES.size() * Way.values().length * 2;
    return Duration.ofMillis((long) contestants * (effort.turns() + 1) * effort.size() / 20);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    if (run.redis() == null) {
      run.results().warn(NAME, "what a cluster does needs a Redis; none here");
      return;
    }
    Effort.Amount effort = Effort.CLUSTER.of(run);
    List<OwnCluster> clusters = new ArrayList<>();
    List<Contestant> contestants = new ArrayList<>();
    try {
      for (OwnCluster.Size size : SIZES) {
        run.progress().step("a cluster, " + size.id(), 0);
        OwnCluster cluster = OwnCluster.start(size);
        clusters.add(cluster);
        for (Way way : Way.values()) {
          for (int keys : new int[] {1, KEYS}) {
            contestants.add(new Contestant(cluster, way, keys, new ArrayList<>()));
          }
        }
      }
      measure(run, effort, contestants);
    } finally {
      clusters.forEach(OwnCluster::close);
      for (Contestant contestant : contestants) {
        write(run, effort, contestant);
      }
    }
  }

  private static void measure(Run run, Effort.Amount effort, List<Contestant> contestants)
      throws InterruptedException, IOException {
    AtomicInteger used = new AtomicInteger();
    // The first round only teaches the servers the scripts, and both sides what comes.
    Turns.warmed(run, effort.turns())
        .take(contestants, Contestant::workload, (contestant, number, done) -> {
          String namespace = "ratelab-%s-%s".formatted(UUID.randomUUID(), used.getAndIncrement());
          GuardedRateLimiter guarded =
              RateLimiters.guarded(contestant.on.client(), namespace, Guard.defaults());
          // The client is closed with its cluster.
          RateLimiter limiter = contestant.way == Way.LEASES
              ? RateLimiters.leased(guarded, TimeSource.monotonic())
              : guarded;
          Round round = round(contestant, limiter, effort.size());
          if (number > 0) {
            contestant.rounds.add(round);
          }
        });
  }

  private static Round round(Contestant contestant, RateLimiter limiter, int decisions)
      throws InterruptedException {
    Policy policy = Policy.of("cluster", Algorithm.GCRA, LIMIT)
        .withDeadline(Target.DEADLINE)
        .withLease(contestant.way == Way.LEASES ? LEASE : null);
    List<Request> requests = IntStream.range(0, decisions)
        .mapToObj(i -> Request.of(policy, "key" + i % contestant.keys, 1))
        .toList();
    NodeCosts.Reading before = contestant.on.servers().begin();
    long cpu = processorMicros();
    long start = System.nanoTime();
    if (contestant.way == Way.BATCHES) {
      AdmittedRequests.inBatches(contestant.workload(), limiter, requests, BATCH);
    } else {
      AdmittedRequests.ask(contestant.workload(), limiter, decisions, IN_FLIGHT, requests::get);
    }
    long end = System.nanoTime();
    double callerMicros = processorMicros() - cpu;
    return new Round(
        before.until(contestant.on.servers().readEach()), (end - start) / 1e9, callerMicros);
  }

  private static long processorMicros() {
    return TimeUnit.NANOSECONDS.toMicros(
        ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos());
  }

  private static void write(Run run, Effort.Amount effort, Contestant contestant)
      throws IOException {
    double n = effort.size();
    List<CostMetric<Round>> metrics = List.of(
        new CostMetric<>(Metric.OPERATIONS, round -> n / round.seconds),
        new CostMetric<>(Metric.CPU_PER_DECISION, round -> round.nodes.sum().cpuMicros() / n),
        new CostMetric<>(Metric.BUSIEST_NODE_CPU, round -> round.nodes.busiestCpuMicros() / n),
        new CostMetric<>(Metric.CALLER_CPU, round -> round.callerMicros / n),
        new CostMetric<>(Metric.SCRIPTS_PER_DECISION, round -> round.nodes.sum().scripts() / n),
        new CostMetric<>(Metric.BUSIEST_NODE_SHARE, round -> round.nodes.busiestShare()));
    Series series = new Subject(Algorithm.GCRA.id(), Subject.REDIS_CLUSTER, "lettuce")
        .series(NAME, contestant.workload());
    CostMetric.write(run, series, contestant.rounds, effort.size(), metrics);
  }
}
