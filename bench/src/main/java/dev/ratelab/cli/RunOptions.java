package dev.ratelab.cli;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.Profile;
import dev.ratelab.reports.results.ResultsDirectory;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that every command that measures has. */
final class RunOptions {
  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description =
          "All loads are drawn from it: the same seed, the same load. Default: ${DEFAULT-VALUE}")
  long seed;

  @Mixin
  OutOption out;

  @Option(
      names = "--profile",
      paramLabel = "quick|full",
      defaultValue = "quick",
      description =
          "quick: minutes on a laptop. full: long enough to publish. Default: ${DEFAULT-VALUE}")
  Profile profile;

  @Option(
      names = "--redis",
      paramLabel = "URL|embedded|embedded-cluster:N|docker|none",
      defaultValue = "embedded",
      description = {
        "embedded: a Redis started here on a free port, gone when the run ends. docker: one through Testcontainers.",
        "embedded-cluster:N: a Redis Cluster of N primaries, each with a replica; of fewer than 3 no replica is elected.",
        "URL: yours, redis://[user:pass@]host:port. none: memory only. Default: ${DEFAULT-VALUE}"
      })
  String redis;

  /**
   * Creates the directory of the results, which begin with what these options say.
   *
   * @param more parameters of the run
   * @throws ParameterException as {@link OutOption#create}
   */
  ResultsDirectory create(CommandLine command, Map<String, String> more) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("profile", profile.id());
    parameters.put("seed", Long.toString(seed));
    parameters.putAll(more);
    return out.create(command, Environment.describe(), parameters);
  }
}
