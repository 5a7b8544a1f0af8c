package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Algorithm;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.IterationResult;
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
  private static final long BYTES_PER_KEY = 200;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort.Amount effort = Effort.SCALING_MEMORY.of(run);
    long forks = 3L * memorySubjects().size() * memoryKeys(run.profile()).size() * effort.forks();
    Duration each = effort
        .warmup()
        .plus(effort.turn().multipliedBy(effort.turns()))
        .plus(Duration.ofMillis(1500));
    Duration redis = run.redis() == null ? Duration.ZERO : RedisKeyScaling.planned(run.profile());
    return loop(run).planned(threadGroups()).plus(each.multipliedBy(forks)).plus(redis);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    loop(run).measure(threadGroups(), 0.5);
    memory(run);
    if (run.redis() != null) {
      try (Targets targets = new Targets(run.redisUrl())) {
        new RedisKeyScaling(run, targets).measure();
      }
    }
  }

  private static ClosedLoop loop(Run run) {
    Effort.Amount effort = Effort.THROUGHPUT_MEMORY.of(run);
    Effort.Amount memory = run.profile() == Profile.FULL ? effort : effort.once();
    return new ClosedLoop(run, NAME, memory, memory);
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
      for (Popularity keys : List.of(Popularity.UNIFORM, Popularity.ONE_HOT_KEY)) {
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

  /** Powers of ten from 100 to the profile's most; quick takes every second one in memory. */
  static List<Integer> memoryKeys(Profile profile) {
    return keys(Effort.SCALING_MEMORY.of(profile).size(), profile == Profile.QUICK ? 100 : 10);
  }

  static List<Integer> redisKeys(Profile profile) {
    return keys(Effort.SCALING_REDIS.of(profile).size(), 10);
  }

  private static List<Integer> keys(int most, int factor) {
    return IntStream.iterate(100, keys -> keys <= most, keys -> keys * factor)
        .boxed()
        .toList();
  }

  private static void memory(Run run) throws InterruptedException, IOException {
    long heap = Runtime.getRuntime().maxMemory();
    List<Integer> sizes = memoryKeys(run.profile());
    for (int keys : sizes) {
      // A store that is filled anew stands beside the one it replaces.
      long needed = 2 * BYTES_PER_KEY * keys;
      if (needed > heap) {
        run.results()
            .warn(
                "scaling_heap",
                String.format(
                    Locale.ROOT,
                    "keys in memory stop below %,d: they would take about %,d MiB, and the heap has %,d",
                    keys,
                    needed >> 20,
                    heap >> 20));
        return;
      }
      Map<Series, List<double[]>> forks = new LinkedHashMap<>();
      new Turns(run, keys, 1, Effort.SCALING_MEMORY.of(run).forks(), 0.5, 0.9)
          .take(
              memorySubjects(),
              subject -> String.format(Locale.ROOT, "%s, memory, %,d keys", subject, keys),
              (subject, round, done) -> {
                for (Map.Entry<String, String> method : METHODS.entrySet()) {
                  forks
                      .computeIfAbsent(
                          series(subject, method.getKey(), keys), series -> new ArrayList<>())
                      .add(fork(run, method.getValue(), subject, keys));
                }
                if (round == 1) {
                  longest(run, subject, keys);
                }
              });
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
    boolean single = method.equals("anyKey");
    return iterations(run, Mode.AverageTime, method, subject, keys)
        .mapToDouble(i -> i.getPrimaryResult().getScore() / 1_000 / (single ? 1 : keys))
        .toArray();
  }

  /** Adds the longest check while all keys are asked for once more. */
  private static void longest(Run run, String subject, int keys)
      throws InterruptedException, IOException {
    double[] micros = iterations(run, Mode.SingleShotTime, "longest", subject, keys)
        .mapToDouble(
            i -> Objects.requireNonNull(i.getSecondaryResults().get("nanos")).getScore() / 1_000)
        .toArray();
    double most = Arrays.stream(micros).max().orElseThrow();
    run.results()
        .add(series(subject, "keys", keys).exact(Metric.MAX, most, (long) micros.length * keys));
  }

  private static Stream<IterationResult> iterations(
      Run run, Mode mode, String method, String subject, int keys) throws InterruptedException {
    Effort.Amount effort = Effort.SCALING_MEMORY.of(run);
    RunResult result = Jmh.fork(
        KeysBenchmark.class,
        method,
        "%s among %s keys".formatted(subject, keys),
        options -> options
            .mode(mode)
            .timeUnit(TimeUnit.NANOSECONDS)
            .threads(1)
            .warmupIterations(1)
            .warmupTime(TimeValue.milliseconds(effort.warmup().toMillis()))
            .measurementIterations(effort.turns())
            .measurementTime(TimeValue.milliseconds(effort.turn().toMillis()))
            .param("subject", subject)
            .param("keys", Integer.toString(keys)));
    return result.getBenchmarkResults().iterator().next().getIterationResults().stream();
  }

  /** Adds a row of microseconds a decision. */
  static void add(Run run, Series series, double[][] forks) throws IOException {
    Samples.add(run, Samples.raw(run, series, "time_us", forks), Metric.TIME_PER_DECISION, forks);
  }
}
