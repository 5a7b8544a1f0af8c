package dev.ratelab.bench.simulate;

import dev.ratelab.bench.Progress;
import dev.ratelab.bench.simulate.DesignResult.ShardLoad;
import dev.ratelab.bench.workload.GeneratedWorkloads;
import dev.ratelab.reports.results.Metric;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Designs side by side: each gets the same requests, at the same instants, and so does one central limiter without a network. */
public final class Simulation {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final FleetSettings settings;
  private final long start;
  private final List<FleetDesigns> designs;
  private final List<FleetRun> runs = new ArrayList<>();
  private final long[] nanos;
  private final CentralCounters reference;
  private final int[] admittedByReference;

  /**
   * Prepares a run.
   *
   * @param designs each once
   */
  public Simulation(FleetSettings settings, List<FleetDesigns> designs) {
    this.settings = settings;
    this.designs = designs;
    start = GeneratedWorkloads.origin(settings.policy().limit());
    nanos = new long[designs.size()];
    reference = new CentralCounters(settings.policy(), settings.countedKeys());
    admittedByReference = new int[settings.countedKeys() + 1];
    for (FleetDesigns design : designs) {
      runs.add(new FleetRun(settings, start, design::on));
    }
  }

  /**
   * Runs it to its end.
   *
   * @param progress is told how much of the virtual time is over
   * @return a result for each design, in their order
   * @throws InterruptedException if the thread is interrupted
   */
  public List<DesignResult> run(Progress progress) throws InterruptedException {
    RequestSource source = new RequestSource(settings, start);
    long told = 0;
    for (int count = source.next(); count > 0; count = source.next()) {
      for (int i = 0; i < count; i++) {
        int key = source.key[i];
        if (reference.decide(key, source.at[i], 1)) {
          admittedByReference[key]++;
        }
      }
      for (int i = 0; i < nanos.length; i++) {
        long before = THREADS.getCurrentThreadCpuTime();
        runs.get(i).feed(source, count);
        nanos[i] += THREADS.getCurrentThreadCpuTime() - before;
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (System.nanoTime() - told > 200_000_000) {
        told = System.nanoTime();
        double done = (double) (source.at[count - 1] - start) / settings.load().duration();
        progress.step(
            "%s s of virtual time".formatted((source.at[count - 1] - start) / 1_000_000), done);
      }
    }
    List<DesignResult> results = new ArrayList<>();
    for (int i = 0; i < nanos.length; i++) {
      long before = THREADS.getCurrentThreadCpuTime();
      runs.get(i).finish();
      nanos[i] += THREADS.getCurrentThreadCpuTime() - before;
      results.add(result(i));
    }
    return results;
  }

  private DesignResult result(int i) {
    FleetRun run = runs.get(i);
    FleetTally tally = run.tally();
    long more = 0;
    long less = 0;
    long all = 0;
    for (int key = 0; key < settings.countedKeys(); key++) {
      long difference = (long) tally.admittedOfKey[key] - admittedByReference[key];
      more += Math.max(0, difference);
      less += Math.max(0, -difference);
      all += admittedByReference[key];
    }
    // Of keys without a counter all are admitted by the reference.
    int light = settings.countedKeys();
    less += admittedByReference[light] - tally.admittedOfKey[light];
    all += admittedByReference[light];
    List<ShardLoad> shards = shards(run);
    double requests = Math.max(1, run.requests());
    double permits = settings.policy().limit().permits();
    double charged = Math.max(1, run.counters().charged());
    Map<Metric, Double> values = new LinkedHashMap<>();
    values.put(Metric.REQUESTS, (double) run.requests());
    values.put(Metric.ADMITTED, tally.admitted / requests);
    values.put(Metric.UNANSWERED, tally.unanswered / requests);
    values.put(Metric.CRASHED, tally.crashed / requests);
    values.put(Metric.OVER_ADMITTED, more / Math.max(1.0, (double) all));
    values.put(Metric.UNDER_ADMITTED, less / Math.max(1.0, (double) all));
    values.put(Metric.OVER_PROMISE, (double) tally.worst.permitsOver());
    values.put(Metric.EXCESS, Math.max(0, tally.worst.mostInWindow() / permits - 1));
    values.put(Metric.CALLS_PER_DECISION, Arrays.stream(run.calls()).sum() / requests);
    values.put(Metric.LAPSED, Math.max(0, 1 - tally.admitted / charged));
    values.put(
        Metric.REDIS_CALLS,
        shards.stream().mapToDouble(ShardLoad::callsPerSecond).sum());
    DoubleSummaryStatistics busy = shards.stream().mapToDouble(ShardLoad::busy).summaryStatistics();
    values.put(Metric.BUSIEST_SHARD, busy.getMax());
    values.put(Metric.MEAN_SHARD, busy.getAverage());
    values.put(Metric.MEAN_DELAY, tally.meanDelay());
    values.put(Metric.P50, (double) tally.delay(0.5));
    values.put(Metric.P99, (double) tally.delay(0.99));
    values.put(Metric.LIGHT, LightKeys.share(settings));
    values.put(Metric.LIGHT_WRONG, LightKeys.wrongShare(settings, run.design().mostCharged()));
    values.put(Metric.DECISIONS, run.requests() / seconds());
    values.put(Metric.SIMULATED, 1e9 * requests / nanos[i]);
    return new DesignResult(designs.get(i).describe(settings), values, shards);
  }

  private double seconds() {
    return settings.load().duration() / 1e6;
  }

  private List<ShardLoad> shards(FleetRun run) {
    return IntStream.range(0, run.calls().length)
        .mapToObj(shard -> new ShardLoad(
            shard % settings.network().regions(),
            run.calls()[shard] / seconds(),
            run.busy()[shard] / seconds() / 1e9))
        .toList();
  }
}
