package dev.ratelab.bench.load;

import dev.ratelab.bench.VirtualRun.Arrival;
import dev.ratelab.bench.accuracy.AccessLog;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Arrivals at the instants of a recorded traffic. Its rate is its own: another is reached by speed.
 *
 * <p>An access log tells the second only. So its arrivals are spread at random over their second, drawn from the seed: left at the
 * second's begin they would be bursts that nobody sent.
 */
public final class TraceArrivals implements Arrivals {
  private static final Pattern SECONDS = Pattern.compile("\\d+(\\.\\d+)?([eE][+-]?\\d+)?");
  private static final double SECOND = 1e9;

  private final String name;
  private final double[] offsets;
  private final boolean wholeSeconds;
  private final double speed;

  private TraceArrivals(String name, double[] offsets, boolean wholeSeconds, double speed) {
    this.name = name;
    this.offsets = offsets;
    this.wholeSeconds = wholeSeconds;
    this.speed = speed;
  }

  /**
   * Reads an access log in common or combined format, or a plain file with one instant in seconds on each line, such as
   * {@code 0.25}; the first instant is the start, and the order of lines does not matter.
   *
   * @param speed how many times as fast as it was, over 0
   * @throws IOException if the file cannot be read or is neither; the message is for people
   */
  public static TraceArrivals read(Path file, double speed) throws IOException {
    if (!(speed > 0) || Double.isInfinite(speed)) {
      throw new IllegalArgumentException("speed is %s; accepted: over 0".formatted(speed));
    }
    String name = "trace:" + file.getFileName();
    double[] plain = plain(file);
    if (plain.length > 0) {
      return new TraceArrivals(name, fromFirst(plain), false, speed);
    }
    List<Arrival> logged = AccessLog.read(file).workload().arrivals();
    double[] nanos =
        logged.stream().mapToDouble(arrival -> arrival.at() * 1_000.0).toArray();
    return new TraceArrivals(name, fromFirst(nanos), true, speed);
  }

  @Override
  public String name() {
    return name;
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

  // Nothing if the file is no list of numbers: then it may be a log.
  private static double[] plain(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("%s is not a file".formatted(file));
    }
    List<Double> instants = new ArrayList<>();
    try (var lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String text = line.strip();
        if (text.isEmpty()) {
          continue;
        }
        if (!SECONDS.matcher(text).matches()) {
          return new double[0];
        }
        instants.add(Double.parseDouble(text) * SECOND);
      }
    } catch (CharacterCodingException e) {
      return new double[0];
    }
    return instants.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double[] fromFirst(double[] nanos) {
    Arrays.sort(nanos);
    double first = nanos[0];
    return Arrays.stream(nanos).map(at -> at - first).toArray();
  }
}
