package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.limiter.Limit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ratelab bench}: one experiment by itself. */
@Command(
    name = "bench",
    description = "Runs one experiment by itself.",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Parameters(
      paramLabel = "EXPERIMENT",
      completionCandidates = Experiments.Names.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  private String name;

  @Mixin
  private RunOptions options;

  @Mixin
  private LimitOptions limits;

  @Override
  public Integer call() {
    Experiment experiment = Experiments.ALL.stream()
        .filter(candidate -> candidate.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new ParameterException(
            spec.commandLine(),
            "unknown experiment '%s'; accepted: %s"
                .formatted(
                    name,
                    Experiments.ALL.stream()
                        .map(Experiment::name)
                        .collect(Collectors.joining(", ")))));
    Limit limit = limits.limit(Experiments.PERMITS, Experiments.WINDOW);
    return new RunSession(spec.commandLine(), options).run(limit, List.of(experiment));
  }
}
