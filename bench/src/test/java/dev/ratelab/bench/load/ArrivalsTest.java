package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ArrivalsTest {
  private static final Duration LENGTH = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(100);

  @TempDir
  private Path directory;

  static Stream<Arrivals> drawn() {
    return Stream.of(new PoissonArrivals(), new OnOffArrivals(SHORT, SHORT.multipliedBy(3)));
  }

  @ParameterizedTest
  @MethodSource("drawn")
  void comeFromTheSeedAtTheMeanRate(Arrivals arrivals) {
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
    assertThat(variation(new PoissonArrivals().nanos(7, 1_000, LENGTH))).isCloseTo(1, within(0.03));
  }

  @Test
  void constantArrivalsAreEquallyFarApart() {
    long[] instants = new ConstantArrivals().nanos(7, 3_000, LENGTH);

    assertThat(instants).hasSize(60_000).startsWith(0, 333_333, 666_666, 1_000_000);
    assertThat(instants[59_997]).as("no error adds up").isEqualTo(19_999_000_000L);
    assertThat(new ConstantArrivals().nanos(8, 3_000, LENGTH)).isEqualTo(instants);
  }

  @Test
  void onOffArrivalsComeOnlyWhileOn() {
    long[] instants = new OnOffArrivals(SHORT, SHORT.multipliedBy(3)).nanos(7, 1_000, LENGTH);

    assertThat(
            Arrays.stream(instants).map(at -> at % (4 * SHORT.toNanos())).max().orElseThrow())
        .isLessThan(SHORT.toNanos());
    assertThat(Arrays.stream(instants).map(at -> at / (4 * SHORT.toNanos())).distinct())
        .as("in each of the 50 cycles")
        .hasSize(50);
    assertThatThrownBy(() -> new OnOffArrivals(Duration.ZERO, SHORT))
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

  private static double variation(long[] instants) {
    double[] gaps = new double[instants.length - 1];
    Arrays.setAll(gaps, i -> instants[i + 1] - instants[i]);
    double mean = Arrays.stream(gaps).average().orElseThrow();
    double variance =
        Arrays.stream(gaps).map(gap -> (gap - mean) * (gap - mean)).average().orElseThrow();
    return Math.sqrt(variance) / mean;
  }
}
