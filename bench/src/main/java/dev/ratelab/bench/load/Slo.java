package dev.ratelab.bench.load;

import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.load.OpenLoop.Outcome;
import dev.ratelab.limiter.DurationText;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A service level objective: so many percent of the requests are answered properly within a time. A request that is not
 * answered properly misses it, however fast that was.
 *
 * @param percent over 0 and below 100
 * @param within over 0
 */
public record Slo(double percent, Duration within) {
  /** The most arrivals that the generator may send late without spoiling a trial, whatever the objective. */
  static final double MOST_LATE = 0.01;

  private static final Pattern TEXT = Pattern.compile("p(\\d{1,2}(?:\\.\\d{1,6})?)=(.+)");

  /** How late an arrival may be sent before it counts as late, unless the objective is tight. */
  static final long LATE_NANOS = 1_000_000;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value lies outside
   */
  public Slo {
    if (!(percent > 0 && percent < 100) || within.isZero() || within.isNegative()) {
      throw new IllegalArgumentException(
          "an objective of %s %% within %s; accepted: over 0 and below 100 %%, a time over 0"
              .formatted(percent, DurationText.of(within)));
    }
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if it is no objective; the message is for people
   */
  public static Slo of(String text) {
    Matcher parts = TEXT.matcher(text);
    try {
      if (parts.matches()) {
        return new Slo(Double.parseDouble(parts.group(1)), DurationText.parse(parts.group(2)));
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "'%s' is no objective; accepted: a percentile over 0 and below 100 and a duration, such as p99=5ms or p99.9=500us"
            .formatted(text));
  }

  /**
   * What a trial says about the rate it was made at.
   *
   * @param outcome of at least one request
   */
  public Verdict verdict(Outcome outcome) {
    int n = outcome.latencies().length;
    double mayMiss = 1 - percent / 100;
    // Half of what may miss is the server's for certain, or the trial says nothing about it.
    double mayBeLate = Math.min(MOST_LATE, mayMiss / 2);
    if (outcome.late(lateNanos()) > mayBeLate * n) {
      return Verdict.GENERATOR_LATE;
    }
    long missed = 0;
    for (int i = 0; i < n; i++) {
      if (outcome.answers()[i] != Answer.PROPER || outcome.latencies()[i] > within.toNanos()) {
        missed++;
      }
    }
    return missed <= mayMiss * n ? Verdict.HOLDS : Verdict.MISSES;
  }

  /** How late the generator may send, in nanoseconds, before that counts: 1 ms, or a fifth of the objective's time if that is less. */
  public long lateNanos() {
    return Math.min(LATE_NANOS, within.toNanos() / 5);
  }

  /** What a trial says. */
  public enum Verdict {
    /** The objective holds, and the generator kept up. */
    HOLDS,
    /** The generator kept up, and the objective does not hold. */
    MISSES,
    /** The generator sent too much too late to tell. */
    GENERATOR_LATE
  }

  /** As it is written on the command line, for example {@code p99=5ms}. */
  @Override
  public String toString() {
    return "p%s=%s"
        .formatted(
            BigDecimal.valueOf(percent).stripTrailingZeros().toPlainString(),
            DurationText.of(within));
  }
}
