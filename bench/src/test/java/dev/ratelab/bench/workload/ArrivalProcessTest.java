package dev.ratelab.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArrivalProcessTest {
  private static final Duration LENGTH = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(100);

  private static final String REQUEST =
      "192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 512";

  @TempDir
  private Path directory;

  static Stream<ArrivalProcess> drawn() {
    return Stream.of(
        new ArrivalProcess.Poisson(), new ArrivalProcess.OnOff(SHORT, SHORT.multipliedBy(3)));
  }

  @ParameterizedTest
  @MethodSource("drawn")
  void comeFromTheSeedAtTheMeanRate(ArrivalProcess arrivals) {
    long[] instants = arrivals.nanos(7, 1_000, LENGTH);

    assertThat(arrivals.nanos(7, 1_000, LENGTH)).isEqualTo(instants);
    assertThat(arrivals.nanos(8, 1_000, LENGTH)).isNotEqualTo(instants);
    assertThat(instants).isSorted();
    assertThat(instants[0]).isNotNegative();
    assertThat(instants[instants.length - 1]).isLessThan(LENGTH.toNanos());
    // 20,000 are expected; a Poisson count's standard deviation is the root of that, 141.
    assertThat(instants.length).isBetween(20_000 - 4 * 141, 20_000 + 4 * 141);
  }

  @Test
  void poissonGapsAreExponential() {
    // Their standard deviation is their mean; a steady stream would have none.
    assertThat(variation(new ArrivalProcess.Poisson().nanos(7, 1_000, LENGTH)))
        .isCloseTo(1, within(0.03));
  }

  @Test
  void constantArrivalsAreEquallyFarApart() {
    long[] instants = new ArrivalProcess.Constant().nanos(7, 3_000, LENGTH);

    assertThat(instants).hasSize(60_000).startsWith(0, 333_333, 666_666, 1_000_000);
    assertThat(instants[59_997]).as("no error adds up").isEqualTo(19_999_000_000L);
    assertThat(new ArrivalProcess.Constant().nanos(8, 3_000, LENGTH)).isEqualTo(instants);
  }

  @Test
  void onOffArrivalsComeOnlyWhileOn() {
    long[] instants =
        new ArrivalProcess.OnOff(SHORT, SHORT.multipliedBy(3)).nanos(7, 1_000, LENGTH);

    assertThat(
            Arrays.stream(instants).map(at -> at % (4 * SHORT.toNanos())).max().orElseThrow())
        .isLessThan(SHORT.toNanos());
    assertThat(Arrays.stream(instants).map(at -> at / (4 * SHORT.toNanos())).distinct())
        .as("in each of the 50 cycles")
        .hasSize(50);
    assertThatThrownBy(() -> new ArrivalProcess.OnOff(Duration.ZERO, SHORT))
        .hasMessageContaining("accepted: on over 0");
  }

  @Test
  void aTraceOfSecondsIsSentAsItWasAtItsSpeed() throws IOException {
    Path file = Files.writeString(directory.resolve("t.txt"), "100.5\n100\n\n101.25\n1.02e2\n");

    assertThat(TraceArrivals.read(file, 1).nanos(7, 1, LENGTH))
        .containsExactly(0, 500_000_000, 1_250_000_000, 2_000_000_000);
    TraceArrivals twice = TraceArrivals.read(file, 2);
    assertThat(twice.nanos(8, 99, LENGTH))
        .containsExactly(0, 250_000_000, 625_000_000, 1_000_000_000);
    assertThat(twice.nanos(8, 99, Duration.ofMillis(500))).as("cut").hasSize(2);
    assertThat(twice.nanos(7, 1, twice.length()))
        .as("its length holds all of it")
        .hasSize(4);
    assertThat(twice.name()).isEqualTo("trace:t.txt");
  }

  @Test
  void anAccessLogIsSpreadOverItsSecondsFromTheSeed() throws IOException {
    String line = "192.0.2.1 - - [17/May/2015:10:05:%02d +0000] \"GET / HTTP/1.1\" 200 512\n";
    Path file = Files.writeString(
        directory.resolve("access.log"),
        line.formatted(3).repeat(100) + line.formatted(5).repeat(50));
    TraceArrivals trace = TraceArrivals.read(file, 1);

    long[] instants = trace.nanos(7, 1, trace.length());

    assertThat(instants).hasSize(150).isSorted().isEqualTo(trace.nanos(7, 1, trace.length()));
    assertThat(trace.nanos(8, 1, trace.length())).isNotEqualTo(instants);
    assertThat(Arrays.stream(instants).filter(at -> at < 1_000_000_000L)).hasSize(100);
    assertThat(Arrays.stream(instants).filter(at -> at >= 2_000_000_000L)).hasSize(50);
    assertThat(Arrays.stream(instants).distinct())
        .as("no burst that nobody sent")
        .hasSize(150);
  }

  @Test
  void whatIsNoTraceIsRefused() throws IOException {
    Path words = Files.writeString(directory.resolve("words"), "some\nwords\n");

    assertThatThrownBy(() -> TraceArrivals.read(words, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("holds no request in common or combined log format");
    assertThatThrownBy(() -> TraceArrivals.read(directory.resolve("none"), 1))
        .hasMessageContaining("is not a file");
    assertThatThrownBy(() -> TraceArrivals.read(words, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Whatever one bad line is: a header, a comment, a number below zero or over all bounds, a request. */
  @ParameterizedTest
  @ValueSource(strings = {"timestamp", "# seconds", "-0.5", "1e400", "0.1,GET", "NaN", REQUEST})
  void aTraceWithOneBadLineIsRefusedByItsNumber(String bad) throws IOException {
    Path file = Files.writeString(directory.resolve("t.txt"), "0.0\n\n" + bad + "\n0.2\n0.3\n");

    assertThatThrownBy(() -> TraceArrivals.read(file, 1))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("a trace cannot be read: line 3 of t.txt: '" + bad.substring(0, 3))
        .hasMessageEndingWith(
            " is no instant; accepted on each line: one instant in seconds, such as 0.25, or else a line of an access log");
  }

  @Test
  void aTraceMayBeginWithAByteOrderMarkAndBePacked() throws IOException {
    Path file = directory.resolve("t.txt.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("\ufeff0.0\r\n0.1\r\n".getBytes(StandardCharsets.UTF_8));
    }

    assertThat(TraceArrivals.read(file, 1).nanos(7, 1, LENGTH)).containsExactly(0, 100_000_000);
  }

  /** Whose a request is does not matter here, but when it was. */
  @Test
  void anAccessLogTellsWhatItLeavesOut() throws IOException {
    Path file = Files.writeString(
        directory.resolve("access.log"),
        "host.example.com " + REQUEST + "\n" + REQUEST.replace("/ ", "/хлеб ")
            + "\n5\nno request\n");

    TraceArrivals trace = TraceArrivals.read(file, 1);

    assertThat(trace.size()).isEqualTo(2);
    assertThat(trace.warning())
        .startsWith("skipped 2 lines, the first of them line 3 of access.log");
  }

  private static double variation(long[] instants) {
    double[] gaps = new double[instants.length - 1];
    Arrays.setAll(gaps, i -> instants[i + 1] - instants[i]);
    double mean = Arrays.stream(gaps).average().orElseThrow();
    double variance =
        Arrays.stream(gaps).map(gap -> (gap - mean) * (gap - mean)).average().orElseThrow();
    return Math.sqrt(variance) / mean;
  }
}
