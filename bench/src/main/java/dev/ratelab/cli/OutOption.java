package dev.ratelab.cli;

import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.ResultsException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where the results of a run go. */
final class OutOption {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Where results go; a directory that holds none yet. Default: results/<date>-<time>")
  private @Nullable Path out;

  /**
   * Creates the directory.
   *
   * @throws ParameterException if it cannot be created, or the one that was asked for is another run's
   */
  ResultsDirectory create(
      CommandLine command, Map<String, String> environment, Map<String, String> parameters) {
    Path path = out != null ? out : dated();
    try {
      return out != null
          ? ResultsDirectory.create(path, environment, parameters)
          : next(path, environment, parameters);
    } catch (ResultsException e) {
      throw new ParameterException(command, e.getMessage());
    } catch (IOException e) {
      throw new ParameterException(command, "cannot write to --out: " + e.getMessage());
    }
  }

  /** Where results go unless somebody says it. */
  static Path dated() {
    return Path.of("results", LocalDateTime.now(ZoneId.systemDefault()).format(STAMP));
  }

  /** Creates the first of path, path-2, path-3 and so on that is free: several runs may begin in one second. */
  static ResultsDirectory next(
      Path path, Map<String, String> environment, Map<String, String> parameters)
      throws IOException {
    for (int run = 1; ; run++) {
      try {
        return ResultsDirectory.create(
            run == 1 ? path : path.resolveSibling(path.getFileName() + "-" + run),
            environment,
            parameters);
      } catch (ResultsException e) {
        // Another run's.
      }
    }
  }
}
