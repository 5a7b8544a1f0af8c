package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.ProfilerConfig;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Groups measured by JMH, pass by pass: each pass holds a fork of every group, in an order drawn anew. A fork whose
 * iterations are not steady ({@link SteadyState}) is made again with twice the warm-up, up to the effort's most; what is
 * not steady then is kept, and said. A physical limit that took turns in several groups is one series of all its forks.
 */
final class ClosedLoop {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private final Run run;
  private final String experiment;
  private final Effort.Amount memory;
  private final Effort.Amount redis;
  private final List<ProfilerConfig> profilers;
  private final Map<Series, List<Fork>> forks = new LinkedHashMap<>();

  /** Of what profilers measure, by its label. */
  private final Map<String, String> units = new HashMap<>();

  /**
   * Measures nothing yet.
   *
   * @param experiment whose rows these are
   * @param memory how much for each subject in memory; of both the forks must be the same
   * @param redis how much for each on Redis
   * @param profilers JMH's, for subjects in memory; on Redis the subjects of a fork could not be told apart
   */
  ClosedLoop(
      Run run,
      String experiment,
      Effort.Amount memory,
      Effort.Amount redis,
      List<ProfilerConfig> profilers) {
    this.run = run;
    this.experiment = experiment;
    this.memory = memory;
    this.redis = redis;
    this.profilers = profilers;
  }

  Duration planned(List<Group> groups) {
    return groups.stream().map(this::planned).reduce(Duration.ZERO, Duration::plus);
  }

  /** If all is steady at once. */
  private Duration planned(Group group) {
    Effort.Amount effort = effort(group);
    Duration each = warmup(group).plus(effort.turn().multipliedBy(effort.turns()));
    return Duration.ofMillis(group.isRemote() ? 1_500 : 800)
        .plus(each.multipliedBy(group.subjects().size()))
        .multipliedBy(effort.forks());
  }

  private Effort.Amount effort(Group group) {
    return group.isRemote() ? redis : memory;
  }

  private Duration warmup(Group group) {
    return effort(group).warmup().multipliedBy(group.warmups());
  }

  /**
   * Measures all groups and writes their rows.
   *
   * @param upTo the share of the experiment that lies behind when this is done
   * @throws InterruptedException if interrupted; what was measured until then is written
   */
  void measure(List<Group> groups, double upTo) throws InterruptedException, IOException {
    try {
      new Turns(run, 1, memory.forks(), 0, upTo)
          .take(
              groups,
              Group::title,
              (group, pass, done) -> fork(group, pass)
                  .forEach((subject, fork) -> forks
                      .computeIfAbsent(
                          group.series(experiment, subject), series -> new ArrayList<>())
                      .add(fork)));
    } finally {
      // In the order asked for, not in that of the forks.
      for (Group group : groups) {
        for (Subject subject : group.subjects()) {
          Series series = group.series(experiment, subject);
          List<Fork> own = forks.remove(series);
          if (own != null) {
            write(series, own);
          }
        }
      }
    }
  }

  /** Measures a group, again and with a longer warm-up those that were not warm. */
  private Map<Subject, Fork> fork(Group group, int pass) throws InterruptedException {
    Map<Subject, Fork> measured = once(group, group.subjects(), 1, pass);
    for (int factor = 2; factor <= effort(group).size(); factor *= 2) {
      List<Subject> unsteady = measured.keySet().stream()
          .filter(subject -> !Objects.requireNonNull(measured.get(subject)).steady())
          .toList();
      if (unsteady.isEmpty()) {
        break;
      }
      measured.putAll(once(group, unsteady, factor, pass));
    }
    return measured;
  }

  private Map<Subject, Fork> once(Group group, List<Subject> subjects, int factor, int pass)
      throws InterruptedException {
    List<Subject> order =
        Turns.orders(subjects, 1, Seeds.derive(run.seed(), "pass", pass)).get(0);
    int turns = order.size();
    RunResult result = Jmh.fork(
        DecisionBenchmark.class,
        group.method(),
        group.title(),
        options -> options
            .mode(Mode.Throughput)
            .timeUnit(TimeUnit.SECONDS)
            .threads(group.threads())
            .warmupIterations(turns)
            .warmupTime(time(warmup(group).multipliedBy(factor)))
            .measurementIterations(turns * effort(group).turns())
            .measurementTime(time(effort(group).turn()))
            .param("subjects", order.stream().map(Subject::id).collect(Collectors.joining(",")))
            .param("workload", group.keys().id())
            .param("policies", Integer.toString(group.policies()))
            .param("redis", Objects.requireNonNullElse(run.redisUrl(), ""))
            .param("permits", Long.toString(run.limit().permits()))
            .param("windowMicros", Long.toString(run.limit().windowMicros()))
            .param("seed", Long.toString(run.seed()))
            .parent(group.isRemote() ? new OptionsBuilder().build() : profiled().build()));
    List<IterationResult> iterations =
        List.copyOf(result.getBenchmarkResults().iterator().next().getIterationResults());
    Map<Subject, Fork> measured = new LinkedHashMap<>();
    for (int turn = 0; turn < turns; turn++) {
      List<IterationResult> own = new ArrayList<>();
      for (int i = turn; i < iterations.size(); i += turns) {
        own.add(iterations.get(i));
      }
      double[] scores =
          own.stream().mapToDouble(i -> i.getPrimaryResult().getScore()).toArray();
      Map<String, double[]> labels = group.isRemote() ? Map.of() : labels(result, own);
      measured.put(order.get(turn), new Fork(scores, labels, SteadyState.isSteady(scores)));
    }
    return measured;
  }

  private OptionsBuilder profiled() {
    OptionsBuilder options = new OptionsBuilder();
    options.addProfiler(GCProfiler.class);
    for (ProfilerConfig profiler : profilers) {
      options.addProfiler(profiler.getKlass(), profiler.getOpts());
    }
    return options;
  }

  /** What profilers found: in every iteration, or, those that watch the process from outside, in all of them. */
  private Map<String, double[]> labels(RunResult result, List<IterationResult> iterations) {
    Map<String, double[]> labels = new TreeMap<>();
    result.getSecondaryResults().forEach((label, all) -> {
      double[] values = iterations.stream()
          .map(iteration -> iteration.getSecondaryResults().get(label))
          .filter(Objects::nonNull)
          .mapToDouble(score -> score.getScore())
          .toArray();
      double[] found = values.length > 0 ? values : new double[] {all.getScore()};
      boolean collector = label.startsWith("gc.") && !label.equals(ALLOCATED);
      if (!collector && Arrays.stream(found).allMatch(Double::isFinite)) {
        labels.put(label, found);
        units.put(label, all.getScoreUnit().replace("B/op", "B").replace("#/op", "1"));
      }
    });
    return labels;
  }

  private void write(Series bare, List<Fork> own) throws IOException {
    double[][] operations = own.stream().map(Fork::operations).toArray(double[][]::new);
    Series series = Samples.raw(run, bare, "operations_per_s", operations);
    Samples.add(run, series, Metric.OPERATIONS, operations);
    for (String label : own.get(0).profiled().keySet()) {
      double[][] values = own.stream()
          .map(fork -> Objects.requireNonNullElse(fork.profiled().get(label), new double[0]))
          .filter(fork -> fork.length > 0)
          .toArray(double[][]::new);
      if (label.equals(ALLOCATED)) {
        Samples.add(run, series, Metric.BYTES_PER_DECISION, values);
      } else {
        Samples.addForeign(run, series, label, Objects.requireNonNull(units.get(label)), values);
      }
    }
    long unsteady = own.stream().filter(fork -> !fork.steady()).count();
    if (unsteady > 0) {
      run.results().add(series.exact(Metric.UNSTEADY, (double) unsteady / own.size(), own.size()));
      run.results()
          .warn(
              "unsteady_" + experiment,
              "%s: some rows were still getting faster or slower when they were measured, however long the warm-up; the metric 'unsteady' is the share of their forks that did"
                  .formatted(experiment));
    }
  }

  private static TimeValue time(Duration duration) {
    return TimeValue.milliseconds(duration.toMillis());
  }
}
