package dev.ratelab.cli;

import dev.ratelab.reports.ReportCommand;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
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
      ReportCommand.class
    },
    versionProvider = Ratelab.ManifestVersion.class)
public final class Ratelab implements Callable<Integer> {

  @Spec
  private CommandSpec spec;

  private Ratelab() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command line, ready to be executed. */
  static CommandLine commandLine() {
    return new CommandLine(new Ratelab())
        .setParameterExceptionHandler(Ratelab::badUsage)
        .setExecutionExceptionHandler(Ratelab::failed);
  }

  /** Without a command there is nothing to do but to tell which there are. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return CommandLine.ExitCode.USAGE;
  }

  private static int badUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().printf("%s: %s; see %s --help%n", name, e.getMessage(), name);
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .printf("%s: %s%n", name, Objects.requireNonNullElse(e.getMessage(), e.toString()));
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The version the build wrote into the jar, so that it is stated in one place only. */
  static final class ManifestVersion implements IVersionProvider {

    @Override
    public String[] getVersion() {
      String version = Ratelab.class.getPackage().getImplementationVersion();
      return new String[] {"ratelab " + Objects.requireNonNullElse(version, "(not packaged)")};
    }
  }
}
