package dev.ratelab.server;

import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** How every command tells what went wrong: in one line that names the command, without a stack trace. */
public final class PlainErrors {

  private PlainErrors() {}

  /** The command line around a command, ready to be executed. Exit codes: 2 for bad usage, 1 for a failure. */
  public static CommandLine commandLine(Object command) {
    return new CommandLine(command)
        .setParameterExceptionHandler(PlainErrors::badUsage)
        .setExecutionExceptionHandler(PlainErrors::failed);
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
}
