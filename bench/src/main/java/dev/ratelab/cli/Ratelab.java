package dev.ratelab.cli;

import dev.ratelab.bench.Profile;
import dev.ratelab.bench.load.Slo;
import dev.ratelab.bench.simulate.FleetDesigns;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.reports.ReportCommand;
import dev.ratelab.server.command.ErrorExit;
import dev.ratelab.server.command.ManifestVersion;
import dev.ratelab.server.command.PlainErrors;
import dev.ratelab.server.command.ServeCommand;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the command line; every job is a subcommand. */
@Command(
    name = "ratelab",
    description = "A laboratory for rate limiters.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      CompareCommand.class,
      BenchCommand.class,
      ReplayCommand.class,
      VerifyCommand.class,
      ConformCommand.class,
      ScoreboardCommand.class,
      ReplicateCommand.class,
      SimulateCommand.class,
      ServeCommand.class,
      ReportCommand.class
    },
    versionProvider = ManifestVersion.class)
public final class Ratelab implements Callable<Integer> {

  @Spec
  private CommandSpec spec;

  private Ratelab() {}

  public static void main(String[] args) {
    // Only there: it ends the process at once, and a Redis that another command has started would
    // outlive it.
    if (List.of(args).contains("serve")) {
      ErrorExit.install();
    }
    System.exit(commandLine().execute(args));
  }

  /** The whole command line, ready to be executed. */
  static CommandLine commandLine() {
    return commandLine(new Ratelab());
  }

  /** The command line around one command. */
  static CommandLine commandLine(Object command) {
    return PlainErrors.commandLine(command)
        .registerConverter(Profile.class, PlainErrors.known(Profile::of))
        .registerConverter(Popularity.class, PlainErrors.known(Popularity::of))
        .registerConverter(Slo.class, PlainErrors.known(Slo::of))
        .registerConverter(FleetDesigns.class, PlainErrors.known(FleetDesigns::of))
        .registerConverter(FleetPreset.class, PlainErrors.known(FleetPreset::of))
        .registerConverter(ArrivalProcess.class, PlainErrors.known(SimulateOptions::arrivals))
        .registerConverter(
            HttpLoadOptions.Arrivals.class, PlainErrors.known(HttpLoadOptions::arrivals));
  }

  /** Without a command there is nothing to do but to tell which there are. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
