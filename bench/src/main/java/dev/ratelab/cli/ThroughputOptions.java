package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.throughput.Throughput;
import dev.ratelab.bench.workload.Popularity;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.profile.ProfilerException;
import org.openjdk.jmh.profile.ProfilerFactory;
import org.openjdk.jmh.runner.options.ProfilerConfig;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code bench throughput} measures, where the user knows better than the profile. */
final class ThroughputOptions {
  private static final int MOST = 1_024;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--threads",
      paramLabel = "NUMBER",
      split = ",",
      description = "throughput: threads that ask in memory, one or several.")
  private List<Integer> threads = new ArrayList<>();

  @Option(
      names = "--in-flight",
      paramLabel = "NUMBER",
      split = ",",
      description =
          "throughput: calls under way on Redis, or threads that wait for one each; one or several. Default: 16")
  private List<Integer> underWay = new ArrayList<>();

  @Option(
      names = "--workload",
      paramLabel = "NAME",
      split = ",",
      description =
          "throughput: who asks; uniform, zipf-0.99, half-hot, one-hot-key, one or several.")
  private List<Popularity> workloads = new ArrayList<>();

  @Option(
      names = "--profiler",
      paramLabel = "NAME[:OPTIONS]",
      description =
          "throughput: a JMH profiler for the subjects in memory, such as perfnorm or async:libPath=...;output=flamegraph.")
  private List<String> profilers = new ArrayList<>();

  /**
   * The experiment as these options want it.
   *
   * @throws ParameterException if one of them is not accepted, or belongs to another experiment
   */
  Experiment applied(Experiment experiment) {
    if (threads.isEmpty() && workloads.isEmpty() && underWay.isEmpty() && profilers.isEmpty()) {
      return experiment;
    }
    if (!(experiment instanceof Throughput)) {
      throw refused(
          "--threads, --in-flight, --workload and --profiler belong to throughput, not to "
              + experiment.name());
    }
    check("--threads", threads);
    check("--in-flight", underWay);
    return new Throughput(new Throughput.Choice(
        workloads.stream().distinct().toList(),
        threads.stream().distinct().toList(),
        underWay.stream().distinct().toList(),
        profilers.stream().distinct().map(this::profiler).toList()));
  }

  private void check(String option, List<Integer> numbers) {
    numbers.stream().filter(n -> n < 1 || n > MOST).findFirst().ifPresent(n -> {
      throw refused("%s is %s; accepted: 1 to %s".formatted(option, n, MOST));
    });
  }

  /** Asks the profiler itself whether it can work here, before an hour has been spent. */
  private ProfilerConfig profiler(String text) {
    int colon = text.indexOf(':');
    ProfilerConfig config = colon < 0
        ? new ProfilerConfig(text)
        : new ProfilerConfig(text.substring(0, colon), text.substring(colon + 1));
    try {
      ProfilerFactory.getProfilerOrException(config);
      return config;
    } catch (ProfilerException e) {
      throw refused("--profiler %s cannot be used here: %s"
          .formatted(text, String.valueOf(e.getMessage()).strip().replaceAll("\\s+", " ")));
    }
  }

  private ParameterException refused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
