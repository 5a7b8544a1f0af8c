package dev.ratelab.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Runs commands and keeps what they told. */
abstract class CommandRun {
  @TempDir
  Path directory;

  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();

  int run(CommandLine command, String... arguments) {
    command.setOut(new PrintWriter(out));
    command.setErr(new PrintWriter(err));
    int exit = command.execute(arguments);
    command.getOut().flush();
    command.getErr().flush();
    return exit;
  }

  /** Of the whole command line; arguments stand apart at spaces. */
  int run(String arguments) {
    return run(Ratelab.commandLine(), arguments.split(" +"));
  }
}
