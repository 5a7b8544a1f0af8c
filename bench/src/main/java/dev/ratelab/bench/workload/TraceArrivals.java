package dev.ratelab.bench.workload;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;

/**
 * Arrivals at the instants of a recorded traffic. Its rate is its own: another is reached by speed.
 *
 * <p>An access log tells the second only. So its arrivals are spread at random over their second, drawn from the seed: left at the
 * second's begin they would be bursts that nobody sent.
 *
 * @param offsets in nanoseconds from the first, ascending
 * @param wholeSeconds whether an instant may be anywhere in its second
 * @param speed how many times as fast it is sent
 * @param warning what is to be told of lines that were left out, for people; empty if there are none
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in one place, never compared
public record TraceArrivals(
    String name, double[] offsets, boolean wholeSeconds, double speed, String warning)
    implements ArrivalProcess {
  private static final Pattern SECONDS = Pattern.compile("\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
  private static final double SECOND = 1e9;
  private static final String ACCEPTED =
      "accepted on each line: one instant in seconds, such as 0.25, or else a line of an access log";

  /**
   * Reads an access log in common or combined format, or a text with one instant in seconds on each line, such as
   * {@code 0.25}; the first instant is the start, and the order of lines does not matter. Whatever most lines are, the text is.
   *
   * @param file {@code -} is standard input
   * @param speed how many times as fast as it was, over 0
   * @throws IOException if the file cannot be read, is neither, or has one line that is no instant; the message is for people
   */
  public static TraceArrivals read(Path file, double speed) throws IOException {
    if (!(speed > 0) || Double.isInfinite(speed)) {
      throw new IllegalArgumentException("speed is %s; accepted: over 0".formatted(speed));
    }
    DoubleStream.Builder plain = DoubleStream.builder();
    DoubleStream.Builder logged = DoubleStream.builder();
    Skipped notPlain = new Skipped();
    Skipped notLogged = new Skipped();
    TextLines.read(file, (number, text) -> {
      double instant = instant(text.strip());
      if (instant >= 0) {
        plain.add(instant);
      } else {
        notPlain.add(
            file, number, text, "'%s' is no instant".formatted(TextLines.shown(text.strip())));
      }
      LogLine line = LogLine.of(text);
      if (line != null) {
        logged.add(line.at() * 1_000.0);
      } else {
        notLogged.add(file, number, text, LogLine.NO_TIME);
      }
    });
    double[] instants = plain.build().toArray();
    double[] requests = logged.build().toArray();
    if (instants.length + requests.length == 0) {
      throw new IOException(
          "%s holds no request in common or combined log format and no instants%s; %s, or one instant in seconds a line, such as 0.25"
              .formatted(
                  file, notPlain.count() == 0 ? "" : ": " + notPlain.first(), LogLine.ACCEPTED));
    }
    boolean log = requests.length > instants.length;
    if (!log && notPlain.count() > 0) {
      throw new IOException("a trace cannot be read: %s; %s".formatted(notPlain.first(), ACCEPTED));
    }
    return new TraceArrivals(
        "trace:" + TextLines.name(file),
        fromFirst(log ? requests : instants),
        log,
        speed,
        log ? notLogged.warning(LogLine.ACCEPTED) : "");
  }

  /** How long the trace is at its speed; a schedule of this length holds all of it. */
  public Duration length() {
    double last = offsets[offsets.length - 1] + (wholeSeconds ? SECOND : 0);
    return Duration.ofNanos((long) (last / speed) + 1);
  }

  /** How many arrivals it holds. */
  public int size() {
    return offsets.length;
  }

  /** The same for every rate: a trace has its own. */
  @Override
  public long[] nanos(long seed, double perSecond, Duration length) {
    SplittableRandom random = new SplittableRandom(seed);
    return Arrays.stream(offsets)
        .map(at -> (at + (wholeSeconds ? random.nextDouble() * SECOND : 0)) / speed)
        .mapToLong(at -> (long) at)
        .filter(at -> at < length.toNanos())
        .sorted()
        .toArray();
  }

  /** Nanoseconds, or -1 for what is no instant. */
  private static double instant(String text) {
    double nanos = SECONDS.matcher(text).matches() ? Double.parseDouble(text) * SECOND : -1;
    return Double.isFinite(nanos) ? nanos : -1;
  }

  private static double[] fromFirst(double[] nanos) {
    Arrays.sort(nanos);
    double first = nanos[0];
    return Arrays.stream(nanos).map(at -> at - first).toArray();
  }
}
