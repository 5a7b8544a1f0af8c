package dev.ratelab.bench.accuracy;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.VirtualRun;
import dev.ratelab.bench.peer.Peers;
import dev.ratelab.bench.workload.GeneratedWorkloads;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.bench.workload.Workload;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Compares each decision with the exact sliding window log's on the same arrivals, in virtual time. The log is the in-memory
 * one, which {@code verification} proves equal to a naive model; it lives through the workload by itself, so a difference is
 * one between two limiters side by side and not between two readings of one history.
 *
 * @param workloads makes them for a run
 */
public record Accuracy(Function<Run, List<Workload>> workloads) implements Experiment {
  private static final String NAME = "accuracy";
  private static final Subject EXACT =
      new Subject(Algorithm.SLIDING_WINDOW_LOG.id(), Subject.MEMORY, "none");

  /** On generated workloads. */
  public static Accuracy generated() {
    return new Accuracy(run ->
        GeneratedWorkloads.of(run.limit(), run.seed(), Effort.ACCURACY.of(run).size()));
  }

  /** What came of a part of a workload. */
  private static final class Tally {
    private int requests;
    private int denied;
    private int wronglyAllowed;
    private int wronglyDenied;

    void count(boolean allowed, boolean exact) {
      requests++;
      denied += allowed ? 0 : 1;
      wronglyAllowed += allowed && !exact ? 1 : 0;
      wronglyDenied += !allowed && exact ? 1 : 0;
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    return Effort.ACCURACY.of(run).turn().multipliedBy(subjects(run).size());
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    List<Workload> all = workloads.apply(run);
    List<Subject> subjects = subjects(run);
    RedisUnderTest redis = run.redis();
    run.results()
        .note(Peers.absentFromVirtualTime(
            NAME, redis != null && redis.backend().equals(Subject.REDIS)));
    int done = 0;
    try (Targets targets = new Targets(run.redisUrl())) {
      for (int i = 0; i < all.size(); i++) {
        Workload workload = all.get(i);
        String name = NAME + "-" + i;
        List<Boolean> exact =
            VirtualRun.admit(targets, EXACT, run.limit(), name + "-exact", workload.arrivals());
        for (Subject subject : subjects) {
          run.progress()
              .step(
                  workload.name() + ", " + subject.title(),
                  (double) done++ / subjects.size() / all.size());
          write(
              run,
              subject,
              workload,
              VirtualRun.admit(targets, subject, run.limit(), name, workload.arrivals()),
              exact);
        }
      }
    }
  }

  private static List<Subject> subjects(Run run) {
    List<Subject> subjects = new ArrayList<>(Subject.limiters(run));
    subjects.addAll(Subject.peersInVirtualTime());
    return subjects;
  }

  private static void write(
      Run run, Subject subject, Workload workload, List<Boolean> decisions, List<Boolean> exact)
      throws IOException {
    Tally all = new Tally();
    Map<Long, Tally> windows = new TreeMap<>();
    long window = run.limit().windowMicros();
    for (int i = 0; i < decisions.size(); i++) {
      VirtualRequest arrival = workload.arrivals().get(i);
      boolean allowed = decisions.get(i);
      boolean exactly = exact.get(i);
      all.count(allowed, exactly);
      windows
          .computeIfAbsent(arrival.at() / window * window, begin -> new Tally())
          .count(allowed, exactly);
    }
    Series series = subject.series(NAME, workload.name());
    try (CsvFile csv = run.results()
        .csv(
            series, "window_begin_us", "requests", "denied", "wrongly_allowed", "wrongly_denied")) {
      for (Map.Entry<Long, Tally> entry : windows.entrySet()) {
        Tally tally = entry.getValue();
        csv.row(
            entry.getKey(),
            tally.requests,
            tally.denied,
            tally.wronglyAllowed,
            tally.wronglyDenied);
      }
      series = series.raw(csv.raw());
    }
    int n = all.requests;
    run.results()
        .add(
            series.exact(Metric.REQUESTS, n, n),
            series.exact(Metric.DENIED, all.denied, n),
            series.exact(Metric.WRONGLY_ALLOWED, all.wronglyAllowed, n),
            series.exact(Metric.WRONGLY_DENIED, all.wronglyDenied, n),
            series.exact(Metric.DIFFER, (double) (all.wronglyAllowed + all.wronglyDenied) / n, n));
  }
}
