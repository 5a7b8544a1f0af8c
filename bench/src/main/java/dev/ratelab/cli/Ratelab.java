package dev.ratelab.cli;

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
    return PlainErrors.commandLine(new Ratelab());
  }

  /** Without a command there is nothing to do but to tell which there are. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }
}
