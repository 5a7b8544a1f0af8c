package dev.ratelab.cli;

import dev.ratelab.limiter.Limit;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code ratelab compare}: the main job. */
@Command(
    name = "compare",
    description =
        "Compares every algorithm on every backend: throughput, latency, burst, accuracy, memory; with --profile full also what Redis pays and what a service over HTTP gives. Ends with the report's address.",
    mixinStandardHelpOptions = true)
final class CompareCommand implements Callable<Integer> {
  @Spec
  private CommandSpec spec;

  @Mixin
  private RunOptions options;

  @Mixin
  private LimitOptions limits;

  @Override
  public Integer call() {
    Limit limit = limits.limit(Experiments.PERMITS, Experiments.WINDOW);
    return new RunSession(spec.commandLine(), options)
        .run(limit, Experiments.compared(options.profile));
  }
}
