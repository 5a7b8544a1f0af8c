package dev.ratelab.cli;

import dev.ratelab.bench.conform.SystemFolder;
import dev.ratelab.reports.results.ConformVerdict;
import dev.ratelab.reports.results.Scoreboard;
import dev.ratelab.reports.results.Scoreboard.Entry;
import dev.ratelab.reports.results.Scoreboard.State;
import dev.ratelab.verification.conform.Conclusion;
import dev.ratelab.verification.conform.ConclusionFile;
import dev.ratelab.verification.conform.OwnRedis;
import dev.ratelab.verification.conform.tested.NoAnswerException;
import dev.ratelab.verification.conform.tested.TestedLimiter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The systems one after the other. What is known of them is on disk after each. */
final class ScoreboardRun {
  private static final Duration EACH = Duration.ofSeconds(20);

  /** One of our own for each system that needs one: it is emptied and restarted. */
  static final String EMBEDDED = "embedded";

  private static final int SEARCHES = 2;

  /** About as many steps as a verdict takes, to tell how far it is. */
  private static final double STEPS = 10;

  private final Path directory;
  private final List<SystemFolder> systems;
  private final String redis;
  private final Map<String, String> environment;
  private final long seed;
  private final PrintWriter err;
  private final List<Entry> entries = new ArrayList<>();

  /**
   * A run that has not begun; what its directory holds of an earlier one is kept.
   *
   * @param redis {@code embedded}, {@code none} or a URL
   */
  ScoreboardRun(
      Path directory,
      List<SystemFolder> systems,
      String redis,
      Map<String, String> environment,
      long seed,
      PrintWriter err) {
    this.directory = directory;
    this.systems = systems;
    this.redis = redis;
    this.environment = environment;
    this.seed = seed;
    this.err = err;
    systems.forEach(system -> entries.add(entry(system)));
  }

  /** What is known by now, in the order of the systems. */
  List<Entry> entries() {
    return List.copyOf(entries);
  }

  /** Tests those that wait, until all are tested or the run is to end. */
  void test(StopSignal signal) throws IOException {
    write();
    long waiting =
        entries.stream().filter(entry -> entry.state() == State.WAITING).count();
    TerminalProgress progress = new TerminalProgress(err, EACH.multipliedBy(waiting));
    for (int i = 0; i < systems.size() && !signal.came(); i++) {
      if (entries.get(i).state() == State.WAITING) {
        progress.begin(systems.get(i).name(), EACH);
        try {
          test(systems.get(i), progress);
          entries.set(i, entries.get(i).is(State.TESTED, ""));
        } catch (InterruptedException e) {
          signal.taken();
        } catch (RuntimeException e) {
          // A signal may have reached what was started, too.
          if (!signal.came()) {
            progress.pause();
            err.println("%s did not answer: %s".formatted(systems.get(i).name(), message(e)));
            entries.set(i, entries.get(i).is(State.FAILED, message(e)));
          }
        }
        write();
      }
    }
    progress.pause();
  }

  private void test(SystemFolder system, TerminalProgress progress)
      throws IOException, InterruptedException {
    boolean own = system.backend().equals("redis") && redis.equals(EMBEDDED);
    try (OwnRedis started = own ? new OwnRedis(EMBEDDED) : null) {
      test(system, started, progress);
    }
  }

  private void test(SystemFolder system, @Nullable OwnRedis own, TerminalProgress progress)
      throws IOException, InterruptedException {
    int[] steps = {0};
    String url = own != null ? own.url() : redis.contains("://") ? redis : "";
    String namespace = "ratelab-" + system.name() + "-" + UUID.randomUUID();
    try (TestedLimiter limiter = system.start(url, namespace)) {
      Conclusion conclusion = Conclusion.of(
          limiter,
          system.limit(),
          system.algorithm(),
          system.unitMicros(),
          seed,
          SEARCHES,
          own,
          step -> progress.step(step, Math.min(1, steps[0]++ / STEPS)));
      new ConclusionFile(
              system.name(),
              version(system, limiter),
              system.backend(),
              system.words(),
              system.link())
          .write(directory, conclusion);
    }
  }

  /** What is installed may be another version than the folder's: its own word counts. */
  private static String version(SystemFolder system, TestedLimiter limiter) {
    String name = limiter.name();
    return name.contains(" ") ? name.substring(name.lastIndexOf(' ') + 1) : system.version();
  }

  private Entry entry(SystemFolder system) {
    State state = State.WAITING;
    String why = "";
    if (Files.exists(directory.resolve(ConformVerdict.raw(system.name())))) {
      state = State.TESTED;
    } else if (!system.installed()) {
      state = State.ABSENT;
      why = "in %s: %s".formatted(system.folder(), system.install().command());
    } else if (system.backend().equals("redis") && redis.equals(OptionalRedis.NONE)) {
      state = State.ABSENT;
      why = "it needs a Redis: --redis";
    }
    return new Entry(
        system.name(),
        system.version(),
        system.language(),
        system.backend(),
        system.way() instanceof SystemFolder.BySubject subject ? subject.id() : "",
        system.algorithm() == null ? "none" : system.algorithm().id(),
        system.words(),
        system.link(),
        state,
        why,
        system.allowed());
  }

  private void write() throws IOException {
    new Scoreboard(environment, entries).write(directory);
  }

  private static String message(RuntimeException e) {
    return e instanceof NoAnswerException ? String.valueOf(e.getMessage()) : RunSession.message(e);
  }
}
