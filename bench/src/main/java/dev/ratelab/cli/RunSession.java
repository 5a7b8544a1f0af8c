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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/**
 * One run from the results directory to the report's address. Whatever ends it early, be it Ctrl-C, SIGTERM or an
 * experiment that fails, the pages are made from what was measured until then.
 */
final class RunSession {
  private static final int DONE = 0;
  private static final int FAILED = 1;
  // What a shell reports for a command that SIGINT ended. The JVM gives it, or 143 for SIGTERM.
  private static final int STOPPED = 130;
  private static final int SECONDS_TO_FINISH = 30;

  private final CommandLine command;
  private final RunOptions options;
  private final String redis;
  private final PrintWriter out;
  private final PrintWriter err;
  private final List<Notice> notices = new ArrayList<>();
  private volatile boolean stopping;

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
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("limit", Long.toString(limit.permits()));
    parameters.put("window_us", Long.toString(limit.windowMicros()));
    return run(limit, parameters, experiments);
  }

  /** The same with parameters for the results that are the experiments' own. */
  int run(Limit limit, Map<String, String> parameters, List<Experiment> experiments) {
    try (OptionalRedis opened = OptionalRedis.open(command, redis)) {
      return run(limit, opened, create(parameters), experiments);
    }
  }

  private int run(
      Limit limit, OptionalRedis redis, ResultsDirectory results, List<Experiment> experiments) {
    CountDownLatch finished = new CountDownLatch(1);
    Thread onStop = stopHook(Thread.currentThread(), finished);
    Runtime.getRuntime().addShutdownHook(onStop);
    OtherLoad others = new OtherLoad();
    try {
      results.note(notices);
      redis.describe(results);
      boolean sound = measure(limit, redis.redis(), results, experiments) && !redis.missing();
      // A second Ctrl-C, or the interrupt of one that came late, must not spoil the pages.
      boolean stopped = Thread.interrupted() || stopping;
      results.note(others.warning().stream().toList());
      boolean peers = experiments.stream().anyMatch(Experiments::measuresPeers);
      if (sound || stopped || !results.results().measurements().isEmpty()) {
        finish(results, stopped, peers);
      }
      return stopped ? STOPPED : sound ? DONE : FAILED;
    } catch (IOException e) {
      err.println("ratelab: cannot write the results: " + e.getMessage());
      return FAILED;
    } finally {
      out.flush();
      err.flush();
      finished.countDown();
      if (!stopping) {
        removeHook(onStop);
      }
    }
  }

  private ResultsDirectory create(Map<String, String> more) {
    notices.addAll(Environment.warnings());
    notices.addAll(Peers.notices());
    if (options.profile == Profile.SMOKE) {
      notices.add(Notice.warning(
          "profile", "a smoke run: it shows that every step works, its numbers mean nothing"));
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("profile", options.profile.id());
    parameters.put("seed", Long.toString(options.seed));
    parameters.putAll(more);
    return options.out.create(command, Environment.describe(), parameters);
  }

  private boolean measure(
      Limit limit,
      @Nullable RedisUnderTest redis,
      ResultsDirectory results,
      List<Experiment> experiments)
      throws IOException {
    boolean sound = true;
    Run plan = new Run(options.profile, options.seed, limit, redis, results, (step, done) -> {});
    Duration planned = experiments.stream()
        .map(experiment -> experiment.planned(plan))
        .reduce(Duration.ZERO, Duration::plus);
    TerminalProgress progress = new TerminalProgress(err, Ansi.AUTO.enabled(), planned);
    Run run = plan.withProgress(progress);
    for (Experiment experiment : experiments) {
      try {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        progress.begin(experiment.name(), experiment.planned(run));
        experiment.run(run);
      } catch (InterruptedException e) {
        stopping = true;
        break;
      } catch (RuntimeException e) {
        if (shuttingDown()) {
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
      results
          .results()
          .notices(Notice.Kind.ABSENT)
          .forEach(peer -> out.println("Absent: " + peer.name() + ", " + peer.text()));
    }
    PropertyTable.print(out, results.results(), results.path());
    LoadTable.print(out, results.results());
    out.println();
    out.println("Report: " + page.toAbsolutePath().normalize().toUri());
    out.flush();
  }

  private Thread stopHook(Thread worker, CountDownLatch finished) {
    return new Thread(
        () -> {
          stopping = true;
          worker.interrupt();
          try {
            finished.await(SECONDS_TO_FINISH, TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        },
        "stop");
  }

  // An experiment may fail because the signal that stops us reached what it had started, too.
  private boolean shuttingDown() {
    if (!stopping) {
      Thread probe = new Thread(() -> {});
      try {
        Runtime.getRuntime().addShutdownHook(probe);
        Runtime.getRuntime().removeShutdownHook(probe);
      } catch (IllegalStateException e) {
        stopping = true;
      }
    }
    return stopping;
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // Shutting down already: the hook finds nothing left to wait for.
    }
  }

  private static String message(Throwable e) {
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
