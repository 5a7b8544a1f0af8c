package dev.ratelab.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    AccessLog log = read(write(COMMON + COMBINED));

    assertThat(log.workload().name()).isEqualTo("replay:access.log");
    assertThat(log.workload().arrivals())
        .as("in the order of time, whatever the zone and the order in the file")
        .containsExactly(
            new VirtualRequest(micros("2015-05-17T10:05:02Z"), "2001:db8::7", 1),
            new VirtualRequest(micros("2015-05-17T10:05:03Z"), "192.0.2.1", 1));
    assertThat(log.clients()).isEqualTo(2);
    assertThat(log.skipped().count()).isZero();
  }

  @Test
  void requestsOfOneSecondKeepTheirOrder() throws IOException {
    String other = COMMON.replace("192.0.2.1", "192.0.2.2");

    AccessLog log = read(write(COMMON + other + COMMON));

    assertThat(log.workload().arrivals())
        .extracting(VirtualRequest::key)
        .containsExactly("192.0.2.1", "192.0.2.2", "192.0.2.1");
  }

  @Test
  void gzipIsToldByItsContent() throws IOException {
    Path file = directory.resolve("access.log");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(COMMON.getBytes(StandardCharsets.UTF_8));
    }

    assertThat(read(file).workload().arrivals()).hasSize(1);
  }

  @Test
  void countsWhatItSkips() throws IOException {
    AccessLog log = read(write(COMMON
        + "\n"
        + "no request\n"
        + COMMON.replace("17/May/2015", "31/Feb/2015")
        + COMMON.replace("May", "Mai")
        + "ÿþ" + COMMON));

    assertThat(log.workload().arrivals()).hasSize(1);
    assertThat(log.skipped().count()).as("not the blank line").isEqualTo(4);
    assertThat(log.skipped().warning(LogLine.ACCEPTED))
        .isEqualTo(
            "skipped 4 lines, the first of them line 3 of access.log: it has no time such as [17/May/2015:10:05:03 +0000] in it; accepted are lines such as: 192.0.2.1 - - [17/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 512");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "{\"json\": true}\n", "192.0.2.1 - - [] \"GET\" 200 1\n"})
  void refusesAFileWithoutARequest(String text) throws IOException {
    Path file = write(text);

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " holds no request")
        .hasMessageContaining("accepted are lines such as: 192.0.2.1 - - [");
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> read(directory)).hasMessage(directory + " is not a file");
  }

  @Test
  void refusesBrokenGzip() throws IOException {
    Path file = directory.resolve("access.log.gz");
    Files.write(file, new byte[] {0x1f, (byte) 0x8b, 8, 0, 1, 2, 3});

    assertThatThrownBy(() -> read(file)).hasMessageStartingWith(file + " cannot be read");
  }

  @Test
  void readsARealLog() throws IOException {
    Path file = Path.of("../../shared/traces/apache-access-2015-05.log.gz");
    assumeTrue(Files.exists(file), "the trace is not there: " + file);

    AccessLog log = read(file);

    assertThat(log.workload().arrivals()).hasSize(10_000);
    assertThat(log.clients()).isEqualTo(1_753);
    assertThat(log.skipped().count()).isZero();
  }

  /** What stands before the time, and whose request it is. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      192.0.2.1 - alice                      | 192.0.2.1
      192.0.2.1 - alice smith                | 192.0.2.1
      192.0.2.1 - [192.0.2.1] - -            | 192.0.2.1
      ::1 - -                                | ::1
      ::ffff:192.0.2.1 - -                   | ::ffff:192.0.2.1
      fe80::1%eth0 - -                       | fe80::1%eth0
      www.example.com:443 192.0.2.1 - -      | 192.0.2.1
      www.example.com 2001:db8::7 - alice    | 2001:db8::7
      my_app 192.0.2.1 - -                   | 192.0.2.1
      _ 192.0.2.1 - -                        | 192.0.2.1
      198.51.100.1:80 192.0.2.1 - -          | 192.0.2.1
      [2001:db8::1]:443 192.0.2.1 - -        | 192.0.2.1
      192.0.2.1, 198.51.100.2 - -            | 192.0.2.1
      192.0.2.1,198.51.100.2 - -             | 192.0.2.1
      192.0.2.1, 10.0.0.1, 198.51.100.2 - -  | 192.0.2.1
      www.example.com 192.0.2.1, 10.0.0.1 - - | 192.0.2.1
      """)
  void findsTheClientsAddress(String before, String client) throws IOException {
    AccessLog log = read(write(before + COMMON.substring("192.0.2.1 - -".length())));

    assertThat(log.workload().arrivals()).extracting(VirtualRequest::key).containsExactly(client);
  }

  @ParameterizedTest
  @CsvSource(delimiterString = "=>", textBlock = """
      May 17 10:05:03 web1 nginx: 192.0.2.1 - - => 'May 17 10:05:03 web1 nginx:' stands before the client's address '192.0.2.1'
      web-1 | 192.0.2.1 - - => 'web-1 |' stands before the client's address '192.0.2.1'
      2015-05-17T10:05:03.1Z stdout F ::1 - - => '2015-05-17T10:05:03.1Z stdout F' stands before the client's address '::1'
      198.51.100.1 192.0.2.1 - - => '198.51.100.1' and '192.0.2.1' may both be the client
      198.51.100.1 - 192.0.2.1 => '198.51.100.1' and '192.0.2.1' may both be the client
      192.0.2.1, 198.51.100.2 10.0.0.1 - => '192.0.2.1' and '10.0.0.1' may both be the client
      79a59df900b949e5 bucket => its client '79a59df900b949e5' is no address; --client-names takes host names too
      - - - => its client '-' is no address; accepted
      unknown, 198.51.100.2 - - => 'unknown,' stands before the client's address '198.51.100.2'
      www.example.com:80 - - - => its client '-' is no address
      host.example.com - - => its client 'host.example.com' is no address; --client-names takes
      192.0.2.256 - - => its client '192.0.2.256' is no address
      192.0.2.1 => after the client '192.0.2.1' no field stands before the time
      """)
  void refusesALineWhoseClientItCannotTell(String before, String why) throws IOException {
    Path file = write(before + COMMON.substring("192.0.2.1 - -".length()));

    assertThatThrownBy(() -> read(file))
        .hasMessageStartingWith(
            file + " holds no request in common or combined log format: line 1 of access.log: ")
        .hasMessageContaining(why);
  }

  /** As a load balancer's address in front, with the client's behind the time. */
  @Test
  void refusesAnotherAddressBehindTheTime() throws IOException {
    String behind = COMMON.replace("\"GET", "198.51.100.9 \"GET");

    assertThatThrownBy(() -> read(write(behind)))
        .hasMessageContaining("'192.0.2.1' and '198.51.100.9' may both be the client");
    String last = COMMON.replace("512", "512 \"-\" \"-\" \"198.51.100.9\"");
    assertThat(read(write(last)).clients()).as("as nginx writes it").isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      host.example.com - -                   | host.example.com
      localhost alice bob                    | localhost
      my_app.internal - alice smith          | my_app.internal
      192.0.2.1 - -                          | 192.0.2.1
      www.example.com 192.0.2.1 - -          | 192.0.2.1
      www.example.com:80 host.example.com - -| host.example.com
      - - -                                  |
      web-1 nginx host.example.com - -       |
      May 17 10:05:03 web1 nginx: 192.0.2.1 - - |
      """)
  void takesAHostNameWhereItIsAskedFor(String before, @Nullable String client) throws IOException {
    Path file = write(COMMON + before + COMMON.substring("192.0.2.1 - -".length()));

    AccessLog log = AccessLog.read(List.of(file), true);

    assertThat(log.workload().arrivals())
        .extracting(VirtualRequest::key)
        .containsExactlyElementsOf(
            client == null ? List.of("192.0.2.1") : List.of("192.0.2.1", client));
    assertThat(log.skipped().count()).isEqualTo(client == null ? 1 : 0);
  }

  /** The second byte of many a letter in UTF-8 is 0x85, which is a line's end to some. */
  @Test
  void readsLettersOfAllLanguages() throws IOException {
    AccessLog log = read(Files.writeString(
        directory.resolve("access.log"),
        (COMMON + COMMON.replace("/a", "/хлеб")).repeat(5),
        StandardCharsets.UTF_8));

    assertThat(log.workload().arrivals()).hasSize(10);
    assertThat(log.skipped().count()).isZero();
  }

  @Test
  void aByteOrderMarkIsNoPartOfAClient() throws IOException {
    String marked = ("\ufeff" + COMMON + COMMON).replace("\n", "\r\n");
    AccessLog log = read(Files.writeString(directory.resolve("access.log"), marked + marked));

    assertThat(log.workload().arrivals()).hasSize(4);
    assertThat(log.clients()).isEqualTo(1);
  }

  @Test
  void aLeapSecondIsTheSecondThatItIs() throws IOException {
    AccessLog log = read(write(COMMON.replace("17/May/2015:10:05:03", "30/Jun/2015:23:59:60")
        + COMMON.replace("17/May/2015:10:05:03 +0000", "01/Jul/2015:01:59:60 +0200")
        + COMMON.replace("10:05:03", "10:05:60")));

    assertThat(log.workload().arrivals())
        .extracting(VirtualRequest::at)
        .containsOnly(micros("2015-07-01T00:00:00Z"))
        .hasSize(2);
    assertThat(log.skipped().count()).as("there is none at that time").isEqualTo(1);
  }

  @Test
  void severalFilesAreReadAsOne() throws IOException {
    Path later = write(COMMON + "no request\n");
    Path earlier = Files.writeString(directory.resolve("b.log"), COMBINED);

    AccessLog log = AccessLog.read(List.of(later, earlier), false);

    assertThat(log.workload().name()).isEqualTo("replay:access.log and 1 more");
    assertThat(log.workload().arrivals())
        .extracting(VirtualRequest::key)
        .containsExactly("2001:db8::7", "192.0.2.1");
    assertThat(log.skipped().first()).startsWith("line 2 of access.log: ");
    assertThatThrownBy(() -> AccessLog.read(List.of(later, later), false))
        .hasMessage("a file is given twice; accepted: each once");
  }

  private static AccessLog read(Path file) throws IOException {
    return AccessLog.read(List.of(file), false);
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("access.log"), text, StandardCharsets.ISO_8859_1);
  }

  private static long micros(String instant) {
    return Instant.parse(instant).toEpochMilli() * 1_000;
  }
}
