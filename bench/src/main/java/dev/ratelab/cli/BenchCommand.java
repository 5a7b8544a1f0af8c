package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.limiter.Limit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
    mixinStandardHelpOptions = true,
    subcommands = HttpCommand.class)
final class BenchCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  // Not required: a command of its own has none.
  @Parameters(
      arity = "0..1",
      paramLabel = "EXPERIMENT",
      completionCandidates = Experiments.Names.class,
      description = "One of ${COMPLETION-CANDIDATES}; http has options of its own.")
  private @Nullable String name;

  @Mixin
  private RunOptions options;

  @Mixin
  private LimitOptions limits;

  @Mixin
  private ThroughputOptions throughput;

  @Override
  public Integer call() {
    if (name == null) {
      throw new ParameterException(spec.commandLine(), "Missing required parameter: 'EXPERIMENT'");
    }
    Experiment found = Experiments.ALL.stream()
        .filter(candidate -> candidate.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new ParameterException(
            spec.commandLine(),
            "unknown experiment '%s'; accepted: %s, http"
                .formatted(
                    name,
                    Experiments.ALL.stream()
                        .map(Experiment::name)
                        .collect(Collectors.joining(", ")))));
    Experiment experiment = throughput.applied(found);
    Limit limit = limits.limit(Experiments.PERMITS, Experiments.WINDOW);
    return new RunSession(spec.commandLine(), options).run(limit, List.of(experiment));
  }
}
