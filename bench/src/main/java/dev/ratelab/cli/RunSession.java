package dev.ratelab.cli;

import dev.ratelab.bench.Environment;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.OtherLoad;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.peer.Peers;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.Pages;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.ResultsDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * One run from the results directory to the report's address. Whatever ends it early, be it Ctrl-C, SIGTERM or an
 * experiment that fails, the pages are made from what was measured until then.
 */
final class RunSession {
  private static final int DONE = 0;
  private static final int FAILED = 1;

  private final CommandLine command;
  private final RunOptions options;
  private final String redis;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<Notice> notices = new ArrayList<>();

  RunSession(CommandLine command, RunOptions options) {
    this(command, options, options.redis);
  }

  /** A run with another Redis than the options say, for example none where none is of use. */
  RunSession(CommandLine command, RunOptions options, String redis) {
    this.redis = redis;
    this.command = command;
    this.options = options;
    this.out = command.getOut();
    this.err = command.getErr();
  }

  /** Tells a sentence that the results keep as a warning, unless it is empty. */
  RunSession warn(String name, String sentence) {
    if (!sentence.isEmpty()) {
      notices.add(Notice.warning(name, sentence));
      err.println("Warning: " + sentence);
    }
    return this;
  }

  /**
   * Runs experiments one after the other.
   *
   * @throws ParameterException if the options cannot be followed
   */
  int run(Limit limit, List<Experiment> experiments) {
    return run(limit, LimitOptions.parameters(limit), experiments);
  }

  /** The same with parameters for the results that are the experiments' own. */
  int run(Limit limit, Map<String, String> parameters, List<Experiment> experiments) {
    try (OptionalRedis opened = OptionalRedis.open(command, redis)) {
      return run(limit, opened, create(parameters), experiments);
    }
  }

  private int run(
      Limit limit, OptionalRedis redis, ResultsDirectory results, List<Experiment> experiments) {
    OtherLoad others = new OtherLoad();
    try (StopSignal signal = new StopSignal()) {
      results.note(notices);
      redis.describe(results);
      boolean sound =
          measure(limit, redis.redis(), results, experiments, signal) && !redis.missing();
      // A second Ctrl-C, or the interrupt of one that came late, must not spoil the pages.
      boolean stopped = Thread.interrupted() || signal.came();
      results.note(others.warning().stream().toList());
      boolean peers = experiments.stream().anyMatch(Experiments::measuresPeers);
      if (sound || stopped || !results.results().measurements().isEmpty()) {
        finish(results, stopped, peers);
      }
      return stopped ? StopSignal.EXIT : sound ? DONE : FAILED;
    } catch (IOException e) {
      err.println("ratelab: cannot write the results: " + e.getMessage());
      return FAILED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private ResultsDirectory create(Map<String, String> more) {
    notices.addAll(Environment.warnings());
    notices.addAll(Peers.notices());
    if (options.profile == Profile.SMOKE) {
      notices.add(Notice.warning(
          "profile", "a smoke run: it shows that every step works, its numbers mean nothing"));
    }
    return options.create(command, more);
  }

  private boolean measure(
      Limit limit,
      @Nullable RedisUnderTest redis,
      ResultsDirectory results,
      List<Experiment> experiments,
      StopSignal signal)
      throws IOException {
    boolean sound = true;
    Run plan = new Run(options.profile, options.seed, limit, redis, results, (step, done) -> {});
    Duration planned = experiments.stream()
        .map(experiment -> experiment.planned(plan))
        .reduce(Duration.ZERO, Duration::plus);
    TerminalProgress progress = new TerminalProgress(err, planned);
    Run run = plan.withProgress(progress);
    for (Experiment experiment : experiments) {
      try {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        progress.begin(experiment.name(), experiment.planned(run));
        experiment.run(run);
      } catch (InterruptedException e) {
        signal.taken();
        break;
      } catch (RuntimeException e) {
        // It may have failed because the signal reached what it had started, too.
        if (signal.came()) {
          break;
        }
        progress.pause();
        String problem = experiment.name() + " failed: " + message(e);
        err.println(problem);
        results.warn(experiment.name(), problem);
        sound = false;
      }
    }
    progress.pause();
    return sound;
  }

  private void finish(ResultsDirectory results, boolean stopped, boolean peers) throws IOException {
    if (stopped) {
      results.warn("stopped", "stopped before its end: what is missing was not measured");
      err.println("Stopped. What was measured is kept.");
    }
    Path page = Pages.write(results.path());
    Summary.print(out, results.results());
    if (peers) {
      // One line for each reason.
      results.results().notices(Notice.Kind.ABSENT).stream()
          .collect(Collectors.groupingBy(
              Notice::text,
              LinkedHashMap::new,
              Collectors.mapping(Notice::name, Collectors.joining(", "))))
          .forEach((why, names) -> out.println("Absent: " + names + ": " + why));
    }
    PropertyTable.print(out, results.results(), results.path());
    LoadTable.print(out, results.results());
    out.println();
    out.println("Report: " + Pages.address(page));
    out.flush();
  }

  /** What went wrong, with its cause where its own message does not tell it. */
  static String message(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String own = e.getMessage();
    String cause = root == e || (own != null && own.contains(String.valueOf(root.getMessage())))
        ? ""
        : ": " + root.getMessage();
    return (own == null ? e.getClass().getSimpleName() : own) + cause;
  }
}
