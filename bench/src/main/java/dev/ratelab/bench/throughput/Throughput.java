package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Interval;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Rounds;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.bench.Subject;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Decisions a second in a closed loop, measured by JMH in JVMs of their own (forks), the machine's limits beside them.
 *
 * <p>In memory each subject gets its own forks, because a JVM that has run another algorithm compiles this one
 * differently; as many threads ask as there are cores. On Redis the network decides and the code is the same for every
 * subject, so that all subjects of a client take turns in one fork, which is warm only once: Lettuce with one thread and
 * {@value DecisionBenchmark#IN_FLIGHT} calls in flight, Jedis with as many threads of one call each.
 *
 * <p>A run makes several passes; each holds a fork of every group, in an order drawn anew. A value is the mean over all
 * iterations of all passes. Its interval is Student's over the forks' means where there are at least {@value
 * #FORKS_FOR_INTERVAL} of them; with fewer it is over the iterations, which leaves out part of the difference between
 * one JVM and the next.
 */
public final class Throughput implements Experiment {
  private static final String NAME = "throughput";
  private static final String WORKLOAD = "half-hot";
  private static final int FORKS_FOR_INTERVAL = 5;

  /**
   * How much is measured.
   *
   * @param passes forks for each group
   * @param iterations measured iterations of each subject in a fork
   * @param memoryWarmup before them, in memory
   * @param memoryIteration an iteration's length in memory
   * @param redisWarmup before them, on Redis
   * @param redisIteration an iteration's length on Redis
   */
  private record Effort(
      int passes,
      int iterations,
      Duration memoryWarmup,
      Duration memoryIteration,
      Duration redisWarmup,
      Duration redisIteration) {

    static Effort of(Profile profile) {
      return switch (profile) {
        case SMOKE -> new Effort(1, 2, millis(20), millis(20), millis(20), millis(30));
        case QUICK -> new Effort(2, 3, millis(800), millis(250), millis(400), millis(350));
        case FULL -> new Effort(5, 5, millis(3000), millis(1000), millis(2000), millis(1000));
      };
    }

    private static Duration millis(long millis) {
      return Duration.ofMillis(millis);
    }
  }

  /** Subjects that share a fork, and how they are called. */
  private record Group(List<Subject> subjects, String method, int threads) {

    boolean isRemote() {
      return subjects.get(0).isRemote();
    }

    String title() {
      Subject first = subjects.get(0);
      return subjects.size() == 1
          ? first.title()
          : "all of " + first.backend() + " over " + first.client();
    }
  }

  /** What a subject has shown so far: operations a second by fork and iteration. */
  private record Scores(Group group, List<double[]> forks) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort effort = Effort.of(run.profile());
    Duration all = Duration.ZERO;
    for (Group group : groups(run)) {
      Duration start = Duration.ofMillis(group.isRemote() ? 1500 : 800);
      Duration each = group.isRemote()
          ? effort.redisWarmup.plus(effort.redisIteration.multipliedBy(effort.iterations))
          : effort.memoryWarmup.plus(effort.memoryIteration.multipliedBy(effort.iterations));
      all = all.plus(start).plus(each.multipliedBy(group.subjects.size()));
    }
    return all.multipliedBy(effort.passes);
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    Effort effort = Effort.of(run.profile());
    Map<Subject, Scores> scores = new LinkedHashMap<>();
    for (Group group : groups(run)) {
      group.subjects.forEach(subject -> scores.put(subject, new Scores(group, new ArrayList<>())));
    }
    try {
      int done = 0;
      List<List<Group>> passes = Rounds.of(groups(run), effort.passes, run.seed());
      int forks = passes.stream().mapToInt(List::size).sum();
      for (int pass = 0; pass < passes.size(); pass++) {
        for (Group group : passes.get(pass)) {
          String step = "%s, pass %d of %d".formatted(group.title(), pass + 1, passes.size());
          run.progress().step(step, (double) done++ / forks);
          fork(run, effort, group, pass)
              .forEach((subject, fork) ->
                  Objects.requireNonNull(scores.get(subject)).forks.add(fork));
        }
      }
    } finally {
      for (Map.Entry<Subject, Scores> entry : scores.entrySet()) {
        write(run, entry.getKey(), entry.getValue());
      }
    }
  }

  private static List<Group> groups(Run run) {
    int cores = Runtime.getRuntime().availableProcessors();
    List<Group> groups = new ArrayList<>();
    for (Subject subject : Subject.inMemory()) {
      groups.add(new Group(List.of(subject), subject.isLimit() ? "clockRead" : "blocking", cores));
    }
    RedisUnderTest redis = run.redis();
    if (redis != null) {
      groups.add(new Group(Subject.onRedis(redis, "lettuce"), "inFlight", 1));
      groups.add(
          new Group(Subject.onRedis(redis, "jedis"), "blocking", DecisionBenchmark.IN_FLIGHT));
    }
    return groups;
  }

  /** Measures a group in one new JVM. */
  private static Map<Subject, double[]> fork(Run run, Effort effort, Group group, int pass)
      throws InterruptedException {
    List<Subject> order =
        Rounds.of(group.subjects, 1, Seeds.derive(run.seed(), "pass", pass)).get(0);
    int turns = order.size();
    OptionsBuilder options = new OptionsBuilder();
    options
        .include("^" + DecisionBenchmark.class.getName().replace(".", "\\.") + "\\." + group.method
            + "$")
        .mode(Mode.Throughput)
        .timeUnit(TimeUnit.SECONDS)
        .forks(1)
        .threads(group.threads)
        .warmupIterations(turns)
        .warmupTime(time(group.isRemote() ? effort.redisWarmup : effort.memoryWarmup))
        .measurementIterations(turns * effort.iterations)
        .measurementTime(time(group.isRemote() ? effort.redisIteration : effort.memoryIteration))
        .param("subjects", order.stream().map(Subject::id).collect(Collectors.joining(",")))
        .param("redis", Objects.requireNonNullElse(run.redisUrl(), ""))
        .param("permits", Long.toString(run.limit().permits()))
        .param("windowMicros", Long.toString(run.limit().windowMicros()))
        .param("seed", Long.toString(run.seed()))
        .jvmArgs(jvmArgs())
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
    RunResult result;
    try {
      result = new Runner(options.build()).runSingle();
    } catch (RunnerException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw new IllegalStateException("JMH could not measure " + group.title(), e);
    }
    List<IterationResult> iterations =
        result.getBenchmarkResults().iterator().next().getIterationResults().stream()
            .toList();
    Map<Subject, double[]> scores = new LinkedHashMap<>();
    for (int turn = 0; turn < turns; turn++) {
      double[] own = new double[effort.iterations];
      for (int i = 0; i < own.length; i++) {
        own[i] = iterations.get(turn + i * turns).getPrimaryResult().getScore();
      }
      scores.put(order.get(turn), own);
    }
    return scores;
  }

  private static void write(Run run, Subject subject, Scores scores) throws IOException {
    if (scores.forks.isEmpty()) {
      return;
    }
    Series series = subject.series(NAME, WORKLOAD).threads(scores.group.threads);
    try (CsvFile csv = run.results().csv(series, "fork", "iteration", "operations_per_s")) {
      for (int fork = 0; fork < scores.forks.size(); fork++) {
        double[] iterations = scores.forks.get(fork);
        for (int i = 0; i < iterations.length; i++) {
          csv.row(fork + 1, i + 1, iterations[i]);
        }
      }
      series = series.raw(csv.raw());
    }
    double[] means =
        scores.forks.stream().mapToDouble(fork -> Interval.ofMean(fork).mean()).toArray();
    double[] all = scores.forks.stream().flatMapToDouble(Arrays::stream).toArray();
    Interval interval = Interval.ofMean(means.length >= FORKS_FOR_INTERVAL ? means : all);
    run.results()
        .add(series.measured(
            "operations", "1/s", interval.mean(), interval.low(), interval.high(), all.length));
  }

  // The parent's flags, but not its debugger: two JVMs cannot listen on one port.
  private static String[] jvmArgs() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(arg -> !arg.startsWith("-agentlib:jdwp") && !arg.startsWith("-Xrunjdwp"))
        .toArray(String[]::new);
  }

  private static TimeValue time(Duration duration) {
    return TimeValue.milliseconds(duration.toMillis());
  }
}
