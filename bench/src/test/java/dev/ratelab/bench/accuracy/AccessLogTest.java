package dev.ratelab.bench.accuracy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.bench.VirtualRun.Arrival;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessLogTest {
  private static final String COMMON =
      "192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET /a HTTP/1.1\" 200 512\n";
  private static final String COMBINED =
      "2001:db8::7 - alice [17/May/2015:12:05:02 +0200] \"GET /[b] HTTP/1.1\" 404 - \"-\" \"Agent/1.0 [x]\"\n";

  @TempDir
  private Path directory;

  @Test
  void readsClientAndTimeOfBothFormats() throws IOException {
    AccessLog log = AccessLog.read(write(COMMON + COMBINED));

    assertThat(log.workload().name()).isEqualTo("replay:access.log");
    assertThat(log.workload().arrivals())
        .as("in the order of time, whatever the zone and the order in the file")
        .containsExactly(
            new Arrival(micros("2015-05-17T10:05:02Z"), "2001:db8::7", 1),
            new Arrival(micros("2015-05-17T10:05:03Z"), "192.0.2.1", 1));
    assertThat(log.clients()).isEqualTo(2);
    assertThat(log.skipped()).isZero();
  }

  @Test
  void requestsOfOneSecondKeepTheirOrder() throws IOException {
    String other = COMMON.replace("192.0.2.1", "192.0.2.2");

    AccessLog log = AccessLog.read(write(COMMON + other + COMMON));

    assertThat(log.workload().arrivals())
        .extracting(Arrival::key)
        .containsExactly("192.0.2.1", "192.0.2.2", "192.0.2.1");
  }

  @Test
  void gzipIsToldByItsContent() throws IOException {
    Path file = directory.resolve("access.log");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(COMMON.getBytes(StandardCharsets.UTF_8));
    }

    assertThat(AccessLog.read(file).workload().arrivals()).hasSize(1);
  }

  @Test
  void countsWhatItSkips() throws IOException {
    AccessLog log = AccessLog.read(write(COMMON
        + "\n"
        + "no request\n"
        + COMMON.replace("17/May/2015", "31/Feb/2015")
        + COMMON.replace("May", "Mai")
        + "ÿþ" + COMMON));

    assertThat(log.workload().arrivals()).hasSize(2);
    assertThat(log.skipped()).as("not the blank line").isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "{\"json\": true}\n", "192.0.2.1 - - [] \"GET\" 200 1\n"})
  void refusesAFileWithoutARequest(String text) throws IOException {
    Path file = write(text);

    assertThatThrownBy(() -> AccessLog.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " holds no request")
        .hasMessageContaining("accepted are lines such as: 192.0.2.1 - - [");
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> AccessLog.read(directory)).hasMessage(directory + " is not a file");
  }

  @Test
  void refusesBrokenGzip() throws IOException {
    Path file = directory.resolve("access.log.gz");
    Files.write(file, new byte[] {0x1f, (byte) 0x8b, 8, 0, 1, 2, 3});

    assertThatThrownBy(() -> AccessLog.read(file)).hasMessageStartingWith(file + " cannot be read");
  }

  @Test
  void readsARealLog() throws IOException {
    Path file = Path.of("../../shared/traces/apache-access-2015-05.log.gz");
    assumeTrue(Files.exists(file), "the trace is not there: " + file);

    AccessLog log = AccessLog.read(file);

    assertThat(log.workload().arrivals()).hasSize(10_000);
    assertThat(log.clients()).isEqualTo(1_753);
    assertThat(log.skipped()).isZero();
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("access.log"), text, StandardCharsets.ISO_8859_1);
  }

  private static long micros(String instant) {
    return Instant.parse(instant).toEpochMilli() * 1_000;
  }
}
