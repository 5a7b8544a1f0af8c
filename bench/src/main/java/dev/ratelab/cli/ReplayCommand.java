package dev.ratelab.cli;

import dev.ratelab.bench.accuracy.Accuracy;
import dev.ratelab.bench.workload.AccessLog;
import dev.ratelab.bench.workload.LogLine;
import dev.ratelab.bench.workload.TextLines;
import dev.ratelab.limiter.DurationText;
import dev.ratelab.limiter.Limit;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ratelab replay}: a real access log as the workload. */
@Command(
    name = "replay",
    description =
        "Replays an access log in virtual time: what each algorithm would have denied, and where it differs from the exact log. Each client address is a key. Default limit: 10 per 10s.",
    mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
  private static final long PERMITS = 10;
  private static final Duration WINDOW = Duration.ofSeconds(10);

  @Spec
  private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "Access logs in common or combined log format, with the virtual host in front or without, plain or gzip; several are read as one. - is standard input.")
  private List<Path> files;

  @Option(
      names = "--client-names",
      description = "Takes a host name for a client, too. Default: addresses only")
  private boolean names;

  @Mixin
  private RunOptions options;

  @Mixin
  private LimitOptions limits;

  @Override
  public Integer call() {
    Limit limit = limits.limit(PERMITS, WINDOW);
    AccessLog log;
    try {
      AccessLog.requireTold(limit);
      log = AccessLog.read(files, names);
    } catch (IllegalArgumentException | IOException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    int requests = log.workload().arrivals().size();
    spec.commandLine()
        .getOut()
        .println(String.format(
            Locale.ROOT,
            "%s: %s from %s%s; %d per %s for each client",
            log.name(),
            TextLines.counted(requests, "request"),
            TextLines.counted(log.clients(), "client"),
            log.skipped().count() == 0
                ? ""
                : ", " + TextLines.counted(log.skipped().count(), "line") + " skipped, no request",
            limit.permits(),
            DurationText.of(limit.window())));
    Accuracy accuracy = new Accuracy(run -> List.of(log.workload()));
    return new RunSession(spec.commandLine(), options)
        .warn("skipped", log.skipped().warning(LogLine.ACCEPTED))
        .run(limit, List.of(accuracy));
  }
}
