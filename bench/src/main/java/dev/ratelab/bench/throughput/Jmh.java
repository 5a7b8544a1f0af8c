package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Samples;
import dev.ratelab.bench.Subject;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.ProfilerConfig;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs one benchmark method in one new JVM. */
final class Jmh {
  private static final int ITERATIONS = 5;

  private Jmh() {}

  /**
   * Runs it.
   *
   * @param more everything but the method, the fork and its flags
   * @throws IllegalStateException if the benchmark failed
   */
  static RunResult fork(
      Class<?> benchmark, String method, String title, Consumer<OptionsBuilder> more)
      throws InterruptedException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
        .forks(1)
        .jvmArgs(Environment.inheritedFlags().toArray(String[]::new))
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
    more.accept(options);
    try {
      return new Runner(options.build()).runSingle();
    } catch (RunnerException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw new IllegalStateException("JMH could not measure " + title, e);
    }
  }

  /** Adds what JMH's profilers say of a group in memory, under their own names. */
  static void profile(
      Run run, String experiment, Group group, List<ProfilerConfig> profilers, TimeValue turn)
      throws InterruptedException, IOException {
    Subject subject = group.subjects().get(0);
    RunResult result =
        fork(DecisionBenchmark.class, group.call().method, group.title(), options -> {
          options
              .mode(Mode.Throughput)
              .threads(group.threads())
              .warmupIterations(ITERATIONS)
              .warmupTime(turn)
              .measurementIterations(ITERATIONS)
              .measurementTime(turn)
              .param("subjects", subject.id())
              .param("workload", group.keys().id())
              .param("policies", Integer.toString(group.policies()))
              .param("permits", Long.toString(run.limit().permits()))
              .param("windowMicros", Long.toString(run.limit().windowMicros()))
              .param("seed", Long.toString(run.seed()));
          profilers.forEach(
              profiler -> options.addProfiler(profiler.getKlass(), profiler.getOpts()));
        });
    // In every iteration, or, of those that watch the process from outside, in all of them.
    for (String label : new TreeSet<>(result.getSecondaryResults().keySet())) {
      double[] values =
          result.getBenchmarkResults().iterator().next().getIterationResults().stream()
              .map(iteration -> iteration.getSecondaryResults().get(label))
              .filter(Objects::nonNull)
              .mapToDouble(score -> score.getScore())
              .toArray();
      var all = Objects.requireNonNull(result.getSecondaryResults().get(label));
      double[] found = values.length > 0 ? values : new double[] {all.getScore()};
      if (Arrays.stream(found).allMatch(Double::isFinite)) {
        String unit = all.getScoreUnit().replace("B/op", "B").replace("#/op", "1");
        Samples.addForeign(
            run, group.series(experiment, subject), label, unit, new double[][] {found});
      }
    }
  }
}
