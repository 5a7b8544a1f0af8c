package dev.ratelab.reports;

import dev.ratelab.reports.results.ResultsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ratelab report}: pages from results. */
@Command(
    name = "report",
    description = "Writes the pages of one or more runs anew.",
    mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int BAD_USAGE = 2;

  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Directories that runs wrote, each with a results.json.")
  private List<Path> directories;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      for (Path directory : directories) {
        out.println(Pages.write(directory));
      }
      return DONE;
    } catch (ResultsException e) {
      err.println(e.getMessage());
      return BAD_USAGE;
    } finally {
      out.flush();
      err.flush();
    }
  }
}
