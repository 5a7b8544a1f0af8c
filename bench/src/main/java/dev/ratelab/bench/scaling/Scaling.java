package dev.ratelab.bench.scaling;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Interval;
import dev.ratelab.bench.Keys.Popularity;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Rounds;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.throughput.ClosedLoop;
import dev.ratelab.bench.throughput.Effort;
import dev.ratelab.bench.throughput.Group;
import dev.ratelab.bench.throughput.Jmh;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * How decisions scale: with the threads that ask in memory, on one hot key and on uniform ones; with the keys that are
 * alive, in memory and on Redis; and what a key costs that is new.
 *
 * <p>Keys grow by powers of ten as far as the heap allows; where they stop, and why, is said in the results. In memory the
 * limit beside them is finding the key in a map of the JDK's, on Redis the script that does nothing.
 */
public final class Scaling implements Experiment {
  static final String NAME = "scaling";

  // The store's entry, the state, the key's string and its place in the array of names, with room
  // for the collector.
  private static final long BYTES_PER_KEY = 500;

  private record Size(int forks, int iterations, Duration warmup, Duration iteration) {
    static Size of(Profile profile) {
      return switch (profile) {
        case SMOKE -> new Size(1, 2, Duration.ofMillis(20), Duration.ofMillis(20));
        case QUICK -> new Size(1, 5, Duration.ofMillis(400), Duration.ofMillis(60));
        case FULL -> new Size(5, 10, Duration.ofMillis(2000), Duration.ofMillis(400));
      };
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Size size = Size.of(run.profile());
    long forks = 3L * memorySubjects().size() * memoryKeys(run.profile()).size() * size.forks;
    Duration each = size.warmup
        .plus(size.iteration.multipliedBy(size.iterations))
        .plus(Duration.ofMillis(1500));
    Duration redis = run.redis() == null ? Duration.ZERO : RedisKeys.planned(run.profile());
    return loop(run).planned(threadGroups()).plus(each.multipliedBy(forks)).plus(redis);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    loop(run).measure(threadGroups(), 0.5);
    memory(run);
    if (run.redis() != null) {
      try (Targets targets = new Targets(run.redisUrl())) {
        new RedisKeys(run, targets).measure();
      }
    }
  }

  private static ClosedLoop loop(Run run) {
    Effort effort = Effort.of(run.profile());
    return new ClosedLoop(
        run, NAME, run.profile() == Profile.FULL ? effort : effort.withPasses(1), List.of());
  }

  /** 1, 2, 4 and so on up to twice the cores, and the cores themselves. */
  private static List<Group> threadGroups() {
    int cores = Runtime.getRuntime().availableProcessors();
    TreeSet<Integer> threads = new TreeSet<>(List.of(cores, 2 * cores));
    for (int n = 1; n < 2 * cores; n *= 2) {
      threads.add(n);
    }
    List<Group> groups = new ArrayList<>();
    for (Subject subject : Subject.inMemory()) {
      List<Popularity> workloads = subject.isLimit()
          ? List.of(Popularity.UNIFORM)
          : List.of(Popularity.UNIFORM, Popularity.ONE_HOT_KEY);
      for (Popularity keys : workloads) {
        threads.forEach(n -> groups.add(Group.inMemory(subject, keys, n)));
      }
    }
    return groups;
  }

  private static List<String> memorySubjects() {
    return Stream.concat(
            Arrays.stream(Algorithm.values()).map(Algorithm::id), Stream.of(KeysBenchmark.MAP_GET))
        .toList();
  }

  static List<Integer> memoryKeys(Profile profile) {
    return switch (profile) {
      case SMOKE -> List.of(100, 1_000);
      case QUICK -> List.of(100, 10_000, 1_000_000);
      case FULL -> List.of(100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000);
    };
  }

  private static void memory(Run run) throws InterruptedException, IOException {
    long heap = Runtime.getRuntime().maxMemory();
    List<Integer> sizes = memoryKeys(run.profile());
    for (int keys : sizes) {
      // A store that is filled anew stands beside the one it replaces.
      long needed = 2 * BYTES_PER_KEY * keys;
      if (needed > heap) {
        run.results()
            .environment(
                "warning_scaling_heap",
                String.format(
                    Locale.ROOT,
                    "keys in memory stop below %,d: they would take about %,d MiB, and the heap has %,d",
                    keys,
                    needed >> 20,
                    heap >> 20));
        return;
      }
      Map<Series, List<double[]>> forks = new LinkedHashMap<>();
      for (List<String> round : Rounds.of(
          memorySubjects(), Size.of(run.profile()).forks, Seeds.derive(run.seed(), NAME, keys))) {
        for (String subject : round) {
          run.progress()
              .step(String.format(Locale.ROOT, "%s, memory, %,d keys", subject, keys), 0.75);
          METHODS.forEach((workload, method) ->
              forks.computeIfAbsent(series(subject, workload, keys), series -> new ArrayList<>()));
          for (Map.Entry<String, String> method : METHODS.entrySet()) {
            Objects.requireNonNull(forks.get(series(subject, method.getKey(), keys)))
                .add(fork(run, method.getValue(), subject, keys));
          }
        }
      }
      for (Map.Entry<Series, List<double[]>> measured : forks.entrySet()) {
        add(run, measured.getKey(), measured.getValue().toArray(double[][]::new));
      }
    }
  }

  /** What is asked for, and how the benchmark calls it. */
  private static final Map<String, String> METHODS = new LinkedHashMap<>();

  static {
    METHODS.put("keys", "anyKey");
    METHODS.put("new-keys", "newKeys");
    METHODS.put("known-keys", "knownKeys");
  }

  private static Series series(String subject, String workload, int keys) {
    Series series = Series.of(NAME).backend(Subject.MEMORY);
    return subject.equals(KeysBenchmark.MAP_GET)
        ? series.subject(Measurement.LIMIT).workload(subject + "-" + workload + "-" + keys)
        : series.algorithm(subject).workload(workload + "-" + keys);
  }

  /** Microseconds a decision, by iteration. */
  private static double[] fork(Run run, String method, String subject, int keys)
      throws InterruptedException {
    Size size = Size.of(run.profile());
    boolean single = method.equals("anyKey");
    RunResult result = Jmh.fork(
        KeysBenchmark.class,
        method,
        "%s among %s keys".formatted(subject, keys),
        options -> options
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .threads(1)
            .warmupIterations(1)
            .warmupTime(TimeValue.milliseconds(size.warmup.toMillis()))
            .measurementIterations(size.iterations)
            .measurementTime(TimeValue.milliseconds(size.iteration.toMillis()))
            .param("subject", subject)
            .param("keys", Integer.toString(keys)));
    return result.getBenchmarkResults().iterator().next().getIterationResults().stream()
        .mapToDouble(i -> i.getPrimaryResult().getScore() / 1_000 / (single ? 1 : keys))
        .toArray();
  }

  /** Adds a row of microseconds a decision. */
  static void add(Run run, Series series, double[][] forks) throws IOException {
    int n = 0;
    try (CsvFile csv = run.results().csv(series, "fork", "iteration", "time_us")) {
      for (int fork = 0; fork < forks.length; fork++) {
        for (int i = 0; i < forks[fork].length; i++) {
          csv.row(fork + 1, i + 1, forks[fork][i]);
          n++;
        }
      }
      series = series.raw(csv.raw());
    }
    Interval interval = Interval.bootstrap(forks, Seeds.derive(run.seed(), "bootstrap", 0));
    run.results()
        .add(series.measured(
            Metric.TIME_PER_DECISION, interval.mean(), interval.low(), interval.high(), n));
  }
}
