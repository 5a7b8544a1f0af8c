package dev.ratelab.bench.memory;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Interval;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Bytes per key after one admission and after as many as the limit allows (at most {@value #MOST_ADMISSIONS}): a log
 * grows between the two, nothing else may. The window is a day here, so that no state expires while it is measured.
 */
public final class BytesPerKey implements Experiment {
  private static final String NAME = "memory";
  private static final int MOST_ADMISSIONS = 1_000;
  private static final int HEAP_ADMISSIONS = 2_000_000;
  private static final Duration WINDOW = Duration.ofDays(1);

  private record Effort(int heapSamples, int mostHeapKeys) {

    static Effort of(Profile profile) {
      return switch (profile) {
        case SMOKE -> new Effort(2, 1_000);
        case QUICK -> new Effort(3, 20_000);
        case FULL -> new Effort(10, 50_000);
      };
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Duration heap = Duration.ofMillis(
        switch (run.profile()) {
          case SMOKE -> 100;
          case QUICK -> 600;
          case FULL -> 3000;
        });
    Duration redis = Duration.ofMillis(run.redis() == null ? 0 : 300);
    return heap.plus(redis).multipliedBy(2L * Algorithm.values().length);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    Effort effort = Effort.of(run.profile());
    int full = (int) Math.min(run.limit().permits(), MOST_ADMISSIONS);
    List<Integer> fillings = full == 1 ? List.of(1) : List.of(1, full);
    String url = run.redis();
    int turns = Algorithm.values().length * fillings.size() * (url == null ? 1 : 2);
    int done = 0;
    for (int admissions : fillings) {
      for (Algorithm algorithm : Algorithm.values()) {
        run.progress().step(algorithm + ", heap", (double) done++ / turns);
        heap(run, effort, algorithm, admissions);
      }
    }
  }

  private static void heap(Run run, Effort effort, Algorithm algorithm, int admissions)
      throws InterruptedException, IOException {
    int keys = Math.max(100, Math.min(effort.mostHeapKeys, HEAP_ADMISSIONS / admissions));
    double[] samples = new double[effort.heapSamples];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = HeapPerKey.measure(policy(run, algorithm), admissions, keys);
    }
    add(run, series(algorithm, admissions).backend(Subject.MEMORY), samples);
  }

  private static Policy policy(Run run, Algorithm algorithm) {
    Limit limit = Limit.of(run.limit().permits(), WINDOW);
    return Policy.of("memory-" + algorithm, algorithm, limit).withDeadline(Duration.ofSeconds(5));
  }

  private static Series series(Algorithm algorithm, int admissions) {
    return Series.of(NAME).algorithm(algorithm.id()).workload("admitted-" + admissions);
  }

  private static void add(Run run, Series series, double[] samples) throws IOException {
    Interval bytes = Interval.ofMean(samples);
    run.results()
        .add(series.measured(
            "bytes-per-key", "B", bytes.mean(), bytes.low(), bytes.high(), samples.length));
  }
}
