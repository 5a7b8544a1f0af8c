package dev.ratelab.cli;

import dev.ratelab.bench.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import picocli.CommandLine.Help.Ansi;

/**
 * Tells on standard error what is measured now, for how long the run has gone on and about how long it will: one line
 * that is rewritten on a terminal, elsewhere one line for each experiment and for a step now and then.
 */
final class TerminalProgress implements Progress {
  private static final String REWRITE_LINE = "\r\033[K";

  /** Where lines stay, a log is not to be filled with them. */
  private static final long BETWEEN_LINES_NANOS = 15_000_000_000L;

  private final PrintWriter err;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private final long start;
  private long told;
  private String experiment = "";
  private Duration own = Duration.ZERO;
  private Duration after;

  /**
   * A run begins.
   *
   * @param planned about how long the whole run takes
   */
  TerminalProgress(PrintWriter err, Duration planned) {
    this(err, Ansi.AUTO.enabled(), planned, System::nanoTime);
  }

  /**
   * With a clock of nanoseconds that never goes back.
   *
   * @param terminal whether lines can be rewritten
   */
  TerminalProgress(PrintWriter err, boolean terminal, Duration planned, LongSupplier nanoTime) {
    this.err = err;
    this.terminal = terminal;
    this.after = planned;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.told = start;
  }

  /** An experiment begins that was planned to take so long. */
  void begin(String name, Duration planned) {
    experiment = name;
    own = planned;
    after = after.minus(planned);
    if (!terminal) {
      tell("", 0);
    }
  }

  @Override
  public void step(String step, double done) {
    if (terminal) {
      err.print(REWRITE_LINE + line(": " + step, done));
      err.flush();
    } else if (nanoTime.getAsLong() - told >= BETWEEN_LINES_NANOS) {
      tell(": " + step, done);
    }
  }

  private void tell(String step, double done) {
    err.println(line(step, done));
    err.flush();
    told = nanoTime.getAsLong();
  }

  /** Clears the line, so that something else can be said. */
  void pause() {
    if (terminal) {
      err.print(REWRITE_LINE);
      err.flush();
    }
  }

  private String line(String step, double done) {
    long elapsed = (nanoTime.getAsLong() - start) / 1_000_000_000;
    long left = after.plusMillis((long) (own.toMillis() * (1 - done))).toSeconds();
    return "[%s, about %s left] %s%s".formatted(clock(elapsed), clock(left), experiment, step);
  }

  private static String clock(long seconds) {
    return String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
  }
}
