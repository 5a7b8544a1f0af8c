package dev.ratelab.reports;

import dev.ratelab.reports.baseline.Comparison;
import dev.ratelab.reports.baseline.Comparison.Verdict;
import dev.ratelab.reports.page.ComparisonPage;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsException;
import dev.ratelab.reports.results.ResultsReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ratelab report}: pages from results, or one run against another. */
@Command(
    name = "report",
    description = "Writes the pages of one or more runs anew; with --baseline, compares two runs.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done",
      "1:with --baseline: something got worse; without: a page could not be written",
      "2:bad usage, or a results file that cannot be read"
    })
public final class ReportCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final int BAD_USAGE = 2;
  private static final double DEFAULT_PERCENT = 10;

  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "DIR",
      description = "Directories that runs wrote, each with a results.json.")
  private List<Path> directories;

  @Option(
      names = "--baseline",
      paramLabel = "DIR",
      description = {
        "Compares the one run given with this older one: a Markdown table on standard output, no page is written.",
        "Exits with 1 if a row of Ratelab itself got worse."
      })
  private @Nullable Path baseline;

  @Option(
      names = "--threshold",
      paramLabel = "PERCENT",
      description = "With --baseline: a smaller change does not count. Default: 10")
  private @Nullable Double percent;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      return baseline == null ? write(out) : compare(out, baseline);
    } catch (ResultsException e) {
      err.println(e.getMessage());
      return BAD_USAGE;
    } catch (IOException e) {
      // The message of most is no more than the path.
      err.println("cannot read the results or write the pages: " + e);
      return FAILED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private int write(PrintWriter out) throws IOException {
    if (percent != null) {
      throw badUsage("--threshold needs --baseline");
    }
    for (Path directory : directories) {
      out.println(Pages.write(directory));
    }
    return DONE;
  }

  private int compare(PrintWriter out, Path older) throws IOException {
    if (directories.size() != 1) {
      throw badUsage("--baseline compares one run, but %s are given".formatted(directories.size()));
    }
    double threshold = (percent == null ? DEFAULT_PERCENT : percent) / 100;
    if (!(threshold >= 0 && Double.isFinite(threshold))) {
      throw badUsage("--threshold is %s; accepted: 0 or more, in percent".formatted(percent));
    }
    Results run = ResultsReader.read(directories.get(0));
    Results before = ResultsReader.read(older);
    Comparison comparison = Comparison.of(run, before, threshold);
    if (comparison.rows().isEmpty()) {
      throw badUsage(
          "%s and %s share no measurement, so there is nothing to compare; a row is matched by its experiment, algorithm, backend, client, subject, workload, threads and metric"
              .formatted(directories.get(0), older));
    }
    out.print(ComparisonPage.of(comparison, run, before, threshold));
    return comparison.count(Verdict.WORSE) == 0 ? DONE : FAILED;
  }

  private ParameterException badUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
