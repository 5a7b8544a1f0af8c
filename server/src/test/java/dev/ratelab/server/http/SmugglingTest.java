package dev.ratelab.server.http;

import static dev.ratelab.server.RawClient.check;
import static dev.ratelab.server.RunningServers.ADMITTED;
import static dev.ratelab.server.RunningServers.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests that two readers could cut at different places (RFC 9112, section 11.2). What is ambiguous is refused, and nothing that
 * follows on its connection is taken for a request; what is well-formed, if odd, is answered and ends where it says.
 */
class SmugglingTest {
  private static final String POST = "POST /check HTTP/1.1\r\nHost: test\r\n";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";
  private static final String BODY = "{\"key\":\"a\"}";

  private final Queue<String> asked = new ConcurrentLinkedQueue<>();
  private int port;

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  @BeforeEach
  void start() throws IOException {
    port = servers.start(
        ScriptedLimiter.deciding((key, cost) -> {
          asked.add(key);
          return CompletableFuture.completedFuture(ADMITTED);
        }),
        OPTIONS);
  }

  private static Arguments bad(String name, String request) {
    return Arguments.of(name, request);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        // Two lengths.
        bad("CL.TE", POST + "Content-Length: 11\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad("TE.CL", POST + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nb\r\n" + BODY),
        bad("two lengths", POST + "Content-Length: 11\r\nContent-Length: 12\r\n\r\n" + BODY),
        bad("one length twice", POST + "Content-Length: 11\r\nContent-Length: 11\r\n\r\n" + BODY),
        bad("a list of lengths", POST + "Content-Length: 11, 11\r\n\r\n" + BODY),
        bad(
            "two lengths in HTTP/1.0",
            "POST /check HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 11\r\nContent-Length: 0\r\n\r\n"
                + BODY),
        // Lengths that are no numbers.
        bad("signed length", POST + "Content-Length: +11\r\n\r\n" + BODY),
        bad("negative length", POST + "Content-Length: -1\r\n\r\n" + BODY),
        bad("hexadecimal length", POST + "Content-Length: 0xb\r\n\r\n" + BODY),
        bad("length with a space inside", POST + "Content-Length: 1 1\r\n\r\n" + BODY),
        bad("empty length", POST + "Content-Length:\r\n\r\n" + BODY),
        bad("length out of range", POST + "Content-Length: 18446744073709551627\r\n\r\n" + BODY),
        // Transfer codings.
        bad("xchunked", POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        bad("identity", POST + "Transfer-Encoding: identity\r\nContent-Length: 11\r\n\r\n" + BODY),
        bad("chunked, identity", POST + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        bad(
            "chunked, then identity",
            POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
        bad("chunked twice", POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        bad(
            "chunked in two fields",
            POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad("quoted chunked", POST + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
        bad("gzip, chunked", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        bad("chunked with a parameter", POST + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
        bad("vertical tab", POST + "Transfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n"),
        bad("empty coding", POST + "Transfer-Encoding:\r\n\r\n" + BODY),
        bad(
            "TE in HTTP/1.0",
            "POST /check HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        // Fields.
        bad("space before colon", POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        bad("tab before colon", POST + "Content-Length\t: 11\r\n\r\n" + BODY),
        bad("no name", POST + ": chunked\r\n\r\n"),
        bad("folded length", POST + "Content-Length:\r\n 11\r\n\r\n" + BODY),
        bad("folded coding", POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        bad(
            "folded coding after another",
            POST + "Transfer-Encoding: x\r\n chunked\r\n\r\n0\r\n\r\n"),
        bad("fold before the first field", "POST /check HTTP/1.1\r\n Host: test\r\n\r\n"),
        bad("folded value", POST + "Content-Length: 11\r\nX: a\r\n b\r\n\r\n" + BODY),
        bad("value folded by a tab", POST + "Content-Length: 11\r\nX: a\r\n\tb\r\n\r\n" + BODY),
        bad("folded trailer", CHUNKED + "b\r\n" + BODY + "\r\n0\r\nX: a\r\n b\r\n\r\n"),
        bad("more fields than a request needs", POST + "x:y\r\n".repeat(100) + "\r\n"),
        bad(
            "more trailers than a request needs",
            CHUNKED + "b\r\n" + BODY + "\r\n0\r\n" + "x:y\r\n".repeat(101) + "\r\n"),
        bad("NUL in a value", POST + "X: a\0b\r\n\r\n"),
        bad("control byte in a value", POST + "X: a\u0001b\r\n\r\n"),
        bad("DEL in a value", POST + "X: a\u007fb\r\n\r\n"),
        bad("NUL in a name", POST + "X\0: a\r\n\r\n"),
        bad("control byte in a name", POST + "X\u0001: a\r\n\r\n"),
        bad("high byte in a name", POST + "X\u00e9: a\r\n\r\n"),
        // Line ends.
        bad("bare LF after the request line", "POST /check HTTP/1.1\nHost: test\r\n\r\n"),
        bad("bare LF after a field", POST + "X: a\nContent-Length: 11\r\n\r\n" + BODY),
        bad("bare LF at the end", POST + "Content-Length: 0\r\n\n"),
        bad("bare CR in a value", POST + "X: a\rContent-Length: 11\r\n\r\n" + BODY),
        bad("CR CR LF", POST + "X: a\r\r\nContent-Length: 11\r\n\r\n" + BODY),
        // Chunks.
        bad("empty chunk size", CHUNKED + "\r\n0\r\n\r\n"),
        bad("chunk size overflow", CHUNKED + "1000000000000000b\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("chunk size over int", CHUNKED + "10000000b\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("signed chunk size", CHUNKED + "+b\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("negative chunk size", CHUNKED + "-1\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("0x chunk size", CHUNKED + "0xb\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("space before chunk size", CHUNKED + " b\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("space after chunk size", CHUNKED + "b \r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("underscore in chunk size", CHUNKED + "0_b\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("chunk size and bare LF", CHUNKED + "b\n" + BODY + "\r\n0\r\n\r\n"),
        bad("chunk size and bare CR", CHUNKED + "b\r" + BODY + "\r\n0\r\n\r\n"),
        bad("LF in a chunk extension", CHUNKED + "b;x=\ny\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("CR in a chunk extension", CHUNKED + "b;x=\ry\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("NUL in a chunk extension", CHUNKED + "b;x=\0\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("open quote in a chunk extension", CHUNKED + "b;x=\"y\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad(
            "long chunk extension",
            CHUNKED + "b;" + "x".repeat(9_000) + "\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("no CRLF after a chunk", CHUNKED + "b\r\n" + BODY + "0\r\n\r\n"),
        bad("bare LF after a chunk", CHUNKED + "b\r\n" + BODY + "\n0\r\n\r\n"),
        bad("more in a chunk than it says", CHUNKED + "5\r\n" + BODY + "\r\n0\r\n\r\n"),
        bad("bare LF after the last chunk", CHUNKED + "b\r\n" + BODY + "\r\n0\n\n"),
        bad("trailer without colon", CHUNKED + "b\r\n" + BODY + "\r\n0\r\nnonsense\r\n\r\n"),
        bad("trailer with space", CHUNKED + "b\r\n" + BODY + "\r\n0\r\nX : y\r\n\r\n"),
        bad("long trailers", CHUNKED + "b\r\n" + BODY + "\r\n0\r\nX: " + "y".repeat(9_000)),
        // Before the request line, and in it.
        bad("bare LF before the method", "\n" + check("a")),
        bad("bare LF after an empty line", "\r\n\n" + check("a")),
        bad("bare CR before the method", "\r" + check("a")),
        bad("space before the method", " " + check("a")),
        bad("tab before the method", "\t" + check("a")),
        bad("NUL before the method", "\0" + check("a")),
        bad("high byte before the method", "\u00e9" + check("a")),
        bad("CR after the method", check("a").replace("POST ", "POST\r")),
        bad("CR and space after the method", check("a").replace("POST ", "POST \r ")),
        bad("vertical tab after the method", check("a").replace("POST ", "POST\u000b")),
        bad("form feed after the method", check("a").replace("POST ", "POST\f")),
        bad("tab after the method", check("a").replace("POST ", "POST\t")),
        bad("CR before the version", check("a").replace(" HTTP", "\rHTTP")),
        bad("vertical tab before the version", check("a").replace(" HTTP", "\u000bHTTP")),
        bad("form feed before the version", check("a").replace(" HTTP", "\fHTTP")),
        bad("tab before the version", check("a").replace(" HTTP", "\tHTTP")),
        bad("tab and space before the version", check("a").replace(" HTTP", "\t HTTP")),
        bad("small version", check("a").replace("HTTP/1.1", "http/1.1")),
        bad("half small version", check("a").replace("HTTP/1.1", "Http/1.1")),
        bad("other protocol", check("a").replace("HTTP/1.1", "HTTQ/1.1")),
        bad("version of two digits", check("a").replace("HTTP/1.1", "HTTP/1.10")),
        bad("version without minor", check("a").replace("HTTP/1.1", "HTTP/1")),
        // Targets and hosts.
        bad("two hosts", POST + "Host: other\r\n\r\n"),
        bad("one host twice", POST + "Host: test\r\n\r\n"),
        bad("no host", "POST /check HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
        bad("no host in HTTP/1.2", "POST /check HTTP/1.2\r\nContent-Length: 0\r\n\r\n"),
        bad("host with a space", "POST /check HTTP/1.1\r\nHost: a b\r\n\r\n"),
        bad("list of hosts", "POST /check HTTP/1.1\r\nHost: a, b\r\n\r\n"),
        bad("host with a path", "POST /check HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        bad("user in host", "POST /check HTTP/1.1\r\nHost: a@b\r\n\r\n"),
        bad("NUL in target", "POST /che\0ck HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("control byte in target", "POST /che\u0001ck HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("high byte in target", "POST /ch\u00e9ck HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("space in target", "POST /che ck HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("no target", "POST HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("no version", "POST /check\r\nHost: test\r\n\r\n"),
        bad("space after version", check("a").replace("HTTP/1.1", "HTTP/1.1 ")),
        bad("tab after version", check("a").replace("HTTP/1.1", "HTTP/1.1\t")),
        bad("vertical tab after version", check("a").replace("HTTP/1.1", "HTTP/1.1\u000b")),
        bad("CR after version", check("a").replace("HTTP/1.1", "HTTP/1.1\r")),
        bad("tab after version 1.0", check("a").replace("HTTP/1.1", "HTTP/1.0\t")),
        bad("NUL in method", "PO\0ST /check HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("slash in method", "PO/ST /check HTTP/1.1\r\nHost: test\r\n\r\n"),
        bad("colon in method", "POST: /check HTTP/1.1\r\nHost: test\r\n\r\n"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void isRefusedAndNothingBehindItIsTaken(String name, String request) throws Exception {
    assertThat(statuses(request))
        .as(name)
        .hasSize(1)
        .allMatch(status -> List.of(400, 431, 501).contains(status));
    assertThat(asked).as("nothing is decided").isEmpty();
  }

  /** The same, if an intermediary hands it on byte by byte. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void soItIsInPieces(String name, String request) throws Exception {
    try (RawClient client = new RawClient(port)) {
      CompletableFuture<Void> sent =
          CompletableFuture.runAsync(() -> trickle(client, request), OwnThread.EACH);
      Response response = client.read();
      assertThat(response.status()).as(name).isIn(400, 431, 501);
      assertThat(response.closes()).isTrue();
      sent.join();
    }
    assertThat(asked).isEmpty();
  }

  private static void trickle(RawClient client, String request) {
    try {
      for (byte each : (request + check("smuggled")).getBytes(StandardCharsets.ISO_8859_1)) {
        client.send(each);
      }
    } catch (IOException e) {
      // Refused before it was all sent.
    }
  }

  static Stream<Arguments> accepted() {
    return Stream.of(
        // RFC 9112, section 2.2: a server should ignore at least one empty line before a request.
        Arguments.of("empty lines before", "\r\n\r\n" + check("a")),
        // RFC 9110, section 8.6: digits, zeros before them included.
        Arguments.of("zeros before a length", POST + "Content-Length: 0000011\r\n\r\n" + BODY),
        // RFC 9112, section 7: names of codings are not case-sensitive.
        Arguments.of(
            "CHUNKED", POST + "Transfer-Encoding: CHUNKED\r\n\r\nb\r\n" + BODY + "\r\n0\r\n\r\n"),
        // RFC 9112, section 7.1: digits of either case, zeros before them included.
        Arguments.of("B", CHUNKED + "B\r\n" + BODY + "\r\n0\r\n\r\n"),
        Arguments.of("zeros before a chunk size", CHUNKED + "000b\r\n" + BODY + "\r\n000\r\n\r\n"),
        // RFC 9112, section 7.1.1: what is not understood of an extension is ignored.
        Arguments.of("extension", CHUNKED + "b;x=\"; y\";z\r\n" + BODY + "\r\n0;x\r\n\r\n"),
        Arguments.of("space before extension", CHUNKED + "b ;x=y\r\n" + BODY + "\r\n0\r\n\r\n"),
        // RFC 9110, section 6.5.1: a trailer that must not be one is ignored.
        Arguments.of(
            "length as a trailer",
            CHUNKED + "b\r\n" + BODY
                + "\r\n0\r\nContent-Length: 90\r\nTransfer-Encoding: chunked\r\n\r\n"),
        // RFC 9112, section 3.2.2: the target counts, not the Host field.
        Arguments.of("two names", check("a").replace("/check", "http://elsewhere/check")),
        // RFC 9112, section 3.2: an empty Host is one.
        Arguments.of("empty host", check("a").replace("Host: test", "Host:")),
        Arguments.of("address as host", check("a").replace("Host: test", "Host: [::1]:8080")),
        // RFC 9112, section 3: a reader may take any run of whitespace between the words.
        Arguments.of("two spaces", check("a").replace("POST /check", "POST  /check")),
        // RFC 9112, section 2.3: a higher minor version is read as the highest that is known.
        Arguments.of("HTTP/1.2", check("a").replace("HTTP/1.1", "HTTP/1.2")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("accepted")
  void isAnsweredAndEndsWhereItSays(String name, String request) throws Exception {
    assertThat(statuses(request)).as(name).containsExactly(200, 200);
    assertThat(asked).containsExactly("a", "smuggled");
  }

  /** RFC 9110, section 9.3.1: a body of GET has no meaning, and yet a length. */
  @ParameterizedTest
  @MethodSource
  void aBodyOfGetEndsWhereItSays(String head) throws Exception {
    assertThat(statuses("GET /health HTTP/1.1\r\nHost: test\r\n" + head)).containsExactly(200, 200);
    assertThat(asked).containsExactly("smuggled");
  }

  static List<String> aBodyOfGetEndsWhereItSays() {
    return List.of(
        "Content-Length: 11\r\n\r\n" + BODY,
        "Transfer-Encoding: chunked\r\n\r\nb\r\n" + BODY + "\r\n0\r\n\r\n");
  }

  /** The statuses of all answers until the server closes, or to the request behind. */
  private List<Integer> statuses(String request) throws IOException {
    try (RawClient client = new RawClient(port)) {
      client.send(
          (request + check("smuggled").replace("Host: test", "Host: test\r\nConnection: close"))
              .getBytes(StandardCharsets.ISO_8859_1));
      List<Integer> statuses = new ArrayList<>();
      boolean closes = false;
      while (!closes) {
        Response response = client.read();
        statuses.add(response.status());
        closes = response.closes();
      }
      assertThat(client.ended()).isTrue();
      return statuses;
    }
  }
}
