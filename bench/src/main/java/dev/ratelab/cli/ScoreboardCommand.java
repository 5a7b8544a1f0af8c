package dev.ratelab.cli;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.conform.SystemFile;
import dev.ratelab.bench.conform.SystemFolder;
import dev.ratelab.bench.workload.TextLines;
import dev.ratelab.reports.ConformPages;
import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.Scoreboard.Entry;
import dev.ratelab.reports.results.Scoreboard.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ratelab scoreboard}: many limiters under the proof of {@code conform}. */
@Command(
    name = "scoreboard",
    description = {
      "Tests every rate limiter of verification/systems that is installed, as conform does, and makes a page of them. Takes about 15 seconds for each.",
      "Stopped by Ctrl-C and begun again with the same --out, it goes on where it was."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:done, whatever was found",
      "1:a system did not answer, or the page could not be written",
      "2:bad usage",
      "130:stopped"
    })
final class ScoreboardCommand implements Callable<Integer> {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  private static final Path SYSTEMS = Path.of("verification", "systems");

  @Spec
  private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "SYSTEM", description = "Names of folders. Default: all")
  private List<String> names = List.of();

  @Option(
      names = "--systems",
      paramLabel = "DIR",
      description = "Where the folders are. Default: Ratelab's own verification/systems")
  private @Nullable Path systems;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Where results go. What an earlier run has tested there is not tested again. Default: results/<date>-<time>")
  private @Nullable Path out;

  @Option(
      names = "--redis",
      paramLabel = "URL|embedded|none",
      defaultValue = ScoreboardRun.EMBEDDED,
      description = {
        "embedded: a Redis started here for each system that needs one, which is also emptied and restarted.",
        "URL: yours, which is not. none: without these systems. Default: ${DEFAULT-VALUE}"
      })
  private String redis;

  @Option(
      names = "--seed",
      paramLabel = "NUMBER",
      defaultValue = "1",
      description = "All courses are drawn from it. Default: ${DEFAULT-VALUE}")
  private long seed;

  @Override
  public Integer call() {
    if (!redis.contains("://")
        && !List.of(ScoreboardRun.EMBEDDED, OptionalRedis.NONE).contains(redis)) {
      throw wrong(
          "--redis is '%s'; accepted: embedded, none, or a URL such as redis://localhost:6379"
              .formatted(redis));
    }
    Path directory = out != null ? out : OutOption.dated();
    List<SystemFolder> folders = folders(directory);
    PrintWriter err = spec.commandLine().getErr();
    try (StopSignal signal = new StopSignal()) {
      Files.createDirectories(directory);
      ScoreboardRun run = new ScoreboardRun(directory, folders, redis, environment(), seed, err);
      run.test(signal);
      boolean stopped = Thread.interrupted() || signal.came();
      Path page = ConformPages.scoreboard(directory);
      print(run.entries(), directory, page, stopped);
      boolean failed = run.entries().stream().anyMatch(entry -> entry.state() == State.FAILED);
      return stopped ? StopSignal.EXIT : failed ? FAILED : DONE;
    } catch (IOException e) {
      err.println("ratelab: cannot write the results: " + e.getMessage());
      return FAILED;
    } finally {
      err.flush();
    }
  }

  /** Those that are asked for, and those that were tested there before. */
  private List<SystemFolder> folders(Path directory) {
    List<SystemFolder> all;
    try {
      all = SystemFile.all(systems != null ? systems : standard());
    } catch (IOException e) {
      throw wrong("--systems: " + e.getMessage());
    }
    List<String> known = all.stream().map(SystemFolder::name).toList();
    for (String name : names) {
      if (!known.contains(name)) {
        throw wrong(
            "there is no system '%s'; accepted: %s".formatted(name, String.join(", ", known)));
      }
    }
    return all.stream()
        .filter(system -> names.isEmpty()
            || names.contains(system.name())
            || Files.exists(directory.resolve(ConformVerdict.raw(system.name()))))
        .toList();
  }

  /** Beside the working directory, or beside the program. */
  private Path standard() {
    for (Path start : List.of(Path.of("").toAbsolutePath(), Environment.home())) {
      for (Path folder = start; folder != null; folder = folder.getParent()) {
        if (Files.isDirectory(folder.resolve(SYSTEMS))) {
          return folder.resolve(SYSTEMS);
        }
      }
    }
    throw wrong("there is no verification/systems here; --systems says where it is");
  }

  private static Map<String, String> environment() {
    Map<String, String> environment = new LinkedHashMap<>();
    Map<String, String> all = Environment.describe();
    for (String fact : List.of("date", "version", "commit", "cpu", "cores", "os", "jvm")) {
      if (all.containsKey(fact)) {
        environment.put(
            fact,
            switch (fact) {
              case "version" -> "Ratelab " + all.get(fact);
              case "cores" ->
                TextLines.counted(Long.parseLong(String.valueOf(all.get(fact))), "core");
              default -> String.valueOf(all.get(fact));
            });
      }
    }
    return environment;
  }

  private void print(List<Entry> entries, Path directory, Path page, boolean stopped) {
    PrintWriter console = spec.commandLine().getOut();
    for (Entry entry : entries) {
      if (entry.state() == State.ABSENT) {
        console.println("Absent: %s; %s".formatted(entry.name(), entry.why()));
      } else if (entry.state() == State.FAILED) {
        console.println("Did not answer: %s; %s".formatted(entry.name(), entry.why()));
      }
    }
    if (stopped) {
      console.println("Stopped. To go on: ratelab scoreboard --out " + directory);
    }
    console.println("%s of %s systems tested"
        .formatted(
            entries.stream().filter(entry -> entry.state() == State.TESTED).count(),
            entries.size()));
    console.println("Page: " + Pages.address(page));
    console.flush();
  }

  private ParameterException wrong(@Nullable String message) {
    return new ParameterException(spec.commandLine(), String.valueOf(message));
  }
}
