package dev.ratelab.bench.simulate;

import dev.ratelab.bench.Progress;
import dev.ratelab.bench.workload.GeneratedWorkloads;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    double requests = Math.max(1, run.requests());
    double permits = settings.policy().limit().permits();
    double charged = Math.max(1, run.counters().charged());
    return new DesignResult(
        designs.get(i).describe(settings),
        run.requests(),
        tally.admitted,
        tally.denied,
        tally.unanswered,
        tally.crashed,
        tally.worst.permitsOver(),
        Math.max(0, tally.worst.mostInWindow() / permits - 1),
        more / Math.max(1.0, (double) all),
        less / Math.max(1.0, (double) all),
        Math.max(0, 1 - tally.admitted / charged),
        Arrays.stream(run.calls()).sum() / requests,
        shards(run),
        tally.meanDelay(),
        tally.delay(0.5),
        tally.delay(0.99),
        LightKeys.share(settings),
        LightKeys.wrongShare(settings, run.design().mostCharged()),
        1e9 * requests / nanos[i]);
  }

  private List<DesignResult.ShardLoad> shards(FleetRun run) {
    double seconds = settings.load().duration() / 1e6;
    return IntStream.range(0, run.calls().length)
        .mapToObj(shard -> new DesignResult.ShardLoad(
            shard % settings.network().regions(),
            run.calls()[shard] / seconds,
            run.busy()[shard] / seconds / 1e9))
        .toList();
  }
}
