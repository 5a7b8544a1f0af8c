package dev.ratelab.server;

import static dev.ratelab.server.RawHttp2.CONTINUATION;
import static dev.ratelab.server.RawHttp2.DATA;
import static dev.ratelab.server.RawHttp2.END_HEADERS;
import static dev.ratelab.server.RawHttp2.END_STREAM;
import static dev.ratelab.server.RawHttp2.GOAWAY;
import static dev.ratelab.server.RawHttp2.HEADERS;
import static dev.ratelab.server.RawHttp2.PING;
import static dev.ratelab.server.RawHttp2.RST_STREAM;
import static dev.ratelab.server.RawHttp2.SETTINGS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.RawHttp2.Answer;
import dev.ratelab.server.RawHttp2.Frame;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** HTTP/2 without TLS, as clients speak it and as attackers do. */
class Http2Test {
  private static final Decision ADMITTED = Decision.allow(10, 7, 0);
  private static final Duration NEVER = Duration.ofHours(10);
  private static final ServerOptions OPTIONS = ServerOptions.defaults()
      .at("127.0.0.1", 0)
      .withGrace(Duration.ofSeconds(1))
      .withIdleTimeout(NEVER);
  private static final int NO_ERROR = 0;
  private static final int PROTOCOL_ERROR = 1;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int REFUSED_STREAM = 7;
  private static final int ENHANCE_YOUR_CALM = 11;

  private final Telemetry telemetry = Telemetry.create();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    telemetry.close();
  }

  private CheckServer start(RateLimiter limiter, ServerOptions options) throws IOException {
    CheckServer server = CheckServer.start(limiter, options, telemetry);
    open.add(server);
    return server;
  }

  private int start() throws IOException {
    return start(ScriptedLimiter.always(ADMITTED), OPTIONS).port();
  }

  private RawHttp2 connect(int port, int... settings) throws IOException {
    RawHttp2 client = new RawHttp2(port, settings);
    open.add(0, client);
    return client;
  }

  private static Limits limits(int streams, Duration body, Duration write) {
    return new Limits(4096, 8192, 100, 0, streams, NEVER, body, write, NEVER);
  }

  private double dropped(String reason) {
    return Exposition.parse(telemetry.exposition().toCompletableFuture().join())
        .value("ratelab_http_connections_dropped_total{reason=\"" + reason + "\"}");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void assertOthersAreServed(int port) throws IOException {
    assertThat(connect(port).check(1, "other").answer(1).status()).isEqualTo("200");
  }

  @Test
  void checksAreAnsweredAsOverHttp1() throws Exception {
    RawHttp2 client = connect(start());

    for (int stream = 1; stream < 200; stream += 2) {
      Answer answer = client.check(stream, "a").answer(stream);
      assertThat(answer.status()).isEqualTo("200");
      assertThat(answer.body()).contains("\"remaining\":7,");
      assertThat(answer.fields())
          .containsEntry("content-type", "application/json")
          .containsKeys("date", "ratelimit", "ratelimit-policy")
          .doesNotContainKeys("connection", "transfer-encoding");
    }
  }

  @Test
  void everythingElseIsThereToo() throws Exception {
    RawHttp2 client = connect(start());

    assertThat(client.get(1, "/nowhere").answer(1).status()).isEqualTo("404");
    assertThat(client.get(3, "/health").answer(3).body()).isEqualTo("{\"status\":\"up\"}");
    Answer head = client
        .send(HEADERS, END_HEADERS | END_STREAM, 5, RawHttp2.head("HEAD", "/health"))
        .answer(5);
    assertThat(head.fields()).containsEntry("content-length", "15");
    assertThat(head.body()).isEmpty();
    client.get(7, "/live/events");
    Frame events = client.read();
    assertThat(client.fields(events))
        .containsEntry("content-type", "text/event-stream")
        .doesNotContainKey("connection");
    assertThat(new String(client.read().payload(), StandardCharsets.UTF_8)).startsWith("retry: ");
    client.send(RST_STREAM, 0, 7, new byte[4]);
    assertThat(client.get(9, "/metrics").answer(9).status()).isEqualTo("200");
  }

  /** Over one connection no request waits for another's decision. */
  @Test
  void answersComeAsTheyAreDecided() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    RawHttp2 client = connect(start(pending.limiter(), OPTIONS).port());

    client.check(1, "slow").check(3, "quick");
    pending.awaitAsked("slow");
    pending.awaitAsked("quick");
    pending.decide("quick", 3);
    assertThat(client.answer(3).body()).contains("\"remaining\":3,");
    pending.decide("slow", 1);
    assertThat(client.answer(1).body()).contains("\"remaining\":1,");
  }

  @Test
  void curlSpeaksIt() throws Exception {
    Process version;
    try {
      version = new ProcessBuilder("curl", "--version").start();
    } catch (IOException e) {
      assumeTrue(false, "there is no curl");
      return;
    }
    String features = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assumeTrue(features.contains("HTTP2"), "this curl has no HTTP/2");

    Process curl = new ProcessBuilder(
            "curl",
            "-s",
            "--http2-prior-knowledge",
            "-w",
            " %{http_version} %{http_code}",
            "-d",
            "{\"key\":\"a\"}",
            "http://127.0.0.1:%d/check".formatted(start()))
        .start();

    assertThat(new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .startsWith("{\"allowed\":true,")
        .endsWith(" 2 200");
  }

  @Test
  void aBodyHasItsBounds() throws Exception {
    RawHttp2 client = connect(
        start(ScriptedLimiter.always(ADMITTED), OPTIONS.withMaxBodyBytes(20)).port());

    client.send(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", "/check", "content-length", "21"));
    assertThat(client.answer(1).status()).as("declared").isEqualTo("413");
    assertThat(client.read().type()).isEqualTo(RST_STREAM);

    client.send(HEADERS, END_HEADERS, 3, RawHttp2.head("POST", "/check"));
    client.send(DATA, 0, 3, new byte[20]).send(DATA, 0, 3, new byte[1]);
    assertThat(client.answer(3).status()).as("sent").isEqualTo("413");
    Frame reset = client.read();
    assertThat(reset.type()).isEqualTo(RST_STREAM);
    assertThat(reset.first()).isEqualTo(NO_ERROR);

    assertThat(client.check(5, "a").answer(5).status()).isEqualTo("200");
  }

  @Test
  void aBodyThatDoesNotComeIsTimedOut() throws Exception {
    RawHttp2 client = connect(start(
            ScriptedLimiter.always(ADMITTED),
            OPTIONS.withLimits(limits(100, Duration.ofMillis(100), NEVER)))
        .port());

    client.send(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", "/check"));

    assertThat(client.answer(1).status()).isEqualTo("408");
    assertThat(client.read().type()).isEqualTo(RST_STREAM);
    assertThat(dropped("slow_sender")).isEqualTo(1);
  }

  /** Its window has no room for a single byte. */
  @Test
  void aClientThatTakesNoAnswerLosesTheStream() throws Exception {
    int initialWindow = 4;
    RawHttp2 client = connect(
        start(
                ScriptedLimiter.always(ADMITTED),
                OPTIONS.withLimits(limits(100, NEVER, Duration.ofMillis(100))))
            .port(),
        initialWindow,
        0);

    client.check(1, "a");

    assertThat(client.read().type()).isEqualTo(HEADERS);
    assertThat(client.read().type()).isEqualTo(RST_STREAM);
    assertThat(dropped("slow_reader")).isEqualTo(1);
  }

  @Test
  void moreRequestsAtOnceThanMayBeAreRefused() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    RawHttp2 client = connect(
        start(pending.limiter(), OPTIONS.withLimits(limits(3, NEVER, NEVER))).port());

    client.check(1, "a").check(3, "a").check(5, "a").get(7, "/health");

    Frame refused = client.read();
    assertThat(refused.type()).isEqualTo(RST_STREAM);
    assertThat(refused.stream()).isEqualTo(7);
    assertThat(refused.first()).isEqualTo(REFUSED_STREAM);
    pending.decide("a", 5);
    Set<Integer> answered = new TreeSet<>();
    while (answered.size() < 3) {
      Frame next = client.read();
      if ((next.flags() & END_STREAM) != 0) {
        answered.add(next.stream());
      }
    }
    assertThat(answered).containsExactly(1, 3, 5);
  }

  /** CVE-2023-44487: requests that are taken back at once never fill the bound on those at once. */
  @Test
  void whoTakesRequestsBackInGreatNumbersIsCutOff() throws Exception {
    int port = start(ScriptedLimiter.deciding((key, cost) -> new CompletableFuture<>()), OPTIONS)
        .port();
    RawHttp2 client = connect(port);

    try {
      for (int stream = 1; stream < 2_000; stream += 2) {
        client.check(stream, "a").send(RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8});
      }
    } catch (IOException e) {
      // Cut off while it went on.
    }

    assertThat(client.goAwayCode()).isIn(ENHANCE_YOUR_CALM, -1);
    assertThat(client.ended()).isTrue();
    assertThat(dropped("http2")).isEqualTo(1);
  }

  /** A head that never ends. */
  @Test
  void whoContinuesAHeadForEverIsCutOff() throws Exception {
    int port = start();
    RawHttp2 client = connect(port);

    try {
      client.send(HEADERS, END_STREAM, 1, RawHttp2.head("POST", "/check"));
      while (true) {
        client.send(CONTINUATION, 0, 1, RawHttp2.block("x", "y".repeat(1_000)));
      }
    } catch (IOException e) {
      // Cut off.
    }

    assertThat(client.ended()).isTrue();
    assertThat(dropped("http2")).isEqualTo(1);
    assertOthersAreServed(port);
  }

  @Test
  void whoContinuesAHeadInSmallPiecesIsCutOff() throws Exception {
    int port = start();
    RawHttp2 client = connect(port);

    try {
      client.send(HEADERS, END_STREAM, 1, RawHttp2.head("POST", "/check"));
      while (true) {
        client.send(CONTINUATION, 0, 1, new byte[0]);
      }
    } catch (IOException e) {
      // Cut off.
    }

    assertThat(client.ended()).isTrue();
    assertThat(dropped("http2")).isEqualTo(1);
    assertOthersAreServed(port);
  }

  @Test
  void whoSendsEmptyDataInGreatNumbersIsCutOff() throws Exception {
    int port = start();
    RawHttp2 client = connect(port);

    try {
      client.send(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", "/check"));
      while (true) {
        client.send(DATA, 0, 1, new byte[0]);
      }
    } catch (IOException e) {
      // Cut off.
    }

    assertThat(client.ended()).isTrue();
    assertThat(dropped("http2")).isEqualTo(1);
    assertOthersAreServed(port);
  }

  /** Each has to be acknowledged, and the acknowledgements are never read. */
  @Test
  void whoNeverReadsAcknowledgementsIsCutOff() throws Exception {
    int port = start();
    for (int type : new int[] {PING, SETTINGS}) {
      RawHttp2 client = connect(port);
      byte[] each = RawHttp2.frame(type, 0, 0, new byte[type == PING ? 8 : 0]);
      byte[] many = new byte[each.length * 1_000];
      for (int i = 0; i < many.length; i++) {
        many[i] = each[i % each.length];
      }
      try {
        while (true) {
          client.send(many);
        }
      } catch (IOException e) {
        // Cut off.
      }
    }

    assertOthersAreServed(port);
  }

  @Test
  void headsHaveTheirBound() throws Exception {
    RawHttp2 client = connect(start());

    client.send(
        HEADERS,
        END_HEADERS | END_STREAM,
        1,
        RawHttp2.head("GET", "/health", "x", "y".repeat(15_000)));

    Frame head = client.read();
    assertThat(client.fields(head)).containsEntry(":status", "431");
  }

  @Test
  void framesHaveTheirBound() throws Exception {
    RawHttp2 client = connect(start());

    client.send(HEADERS, END_HEADERS, 1, RawHttp2.head("POST", "/check"));
    client.send(DATA, 0, 1, new byte[16_385]);

    // What it says is lost where what we sent is still unread.
    assertThat(client.goAwayCode()).isIn(FRAME_SIZE_ERROR, -1);
    assertThat(client.ended()).isTrue();
    assertThat(dropped("http2")).isEqualTo(1);
  }

  /** RFC 9113, section 8: what HTTP/1.1 would frame by, names in capitals, and heads that lack or repeat what they need. */
  @Test
  void malformedRequestsAreResetAndNothingElse() throws Exception {
    List<byte[]> heads = List.of(
        RawHttp2.head("POST", "/check", "transfer-encoding", "chunked"),
        RawHttp2.head("POST", "/check", "connection", "keep-alive"),
        RawHttp2.head("POST", "/check", "X-Capital", "y"),
        RawHttp2.head("POST", "/check", "x", "a\r\nb: c"),
        RawHttp2.head("POST", "/check", "x", "a\0b"),
        RawHttp2.head("POST", "/check", ":path", "/health"),
        RawHttp2.head("POST", "/check", ":unknown", "x"),
        RawHttp2.head("POST", "/check", "te", "gzip"),
        RawHttp2.head("PO ST", "/check"),
        RawHttp2.block(":method", "POST", ":scheme", "http"),
        RawHttp2.block(":scheme", "http", ":path", "/check"));
    RawHttp2 client = connect(start());

    int stream = 1;
    for (byte[] head : heads) {
      client.send(HEADERS, END_HEADERS | END_STREAM, stream, head);
      Frame reset = client.read();
      assertThat(reset.type()).as("%d", stream).isEqualTo(RST_STREAM);
      assertThat(reset.first()).isEqualTo(PROTOCOL_ERROR);
      stream += 2;
    }
    assertThat(client.check(stream, "good").answer(stream).status()).isEqualTo("200");
  }

  /** More or less body than its length says. */
  @Test
  void aLengthThatIsWrongResetsTheRequest() throws Exception {
    RawHttp2 client = connect(start());

    for (int stream = 1; stream < 5; stream += 2) {
      client.send(
          HEADERS,
          END_HEADERS,
          stream,
          RawHttp2.head("POST", "/check", "content-length", stream == 1 ? "10" : "12"));
      client.send(DATA, END_STREAM, stream, bytes("{\"key\":\"a\"}"));
      assertThat(client.read().type()).isEqualTo(RST_STREAM);
    }
    assertThat(client.check(5, "a").answer(5).status()).isEqualTo("200");
  }

  /** What was asked is answered, what was on its way too; then it is said where that ended, and the connection ends. */
  @Test
  void aServerThatClosesDropsNothing() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    CheckServer server = start(pending.limiter(), OPTIONS.withGrace(Duration.ofMinutes(10)));
    RawHttp2 client = connect(server.port());
    client.check(1, "pending");
    pending.awaitAsked("pending");

    CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
    Frame warning = client.read();
    assertThat(warning.type()).isEqualTo(GOAWAY);
    assertThat(warning.first()).as("none is refused yet").isEqualTo(Integer.MAX_VALUE);
    pending.decide("late", 2);
    Frame next = client.check(3, "late").read();
    boolean taken = next.type() == HEADERS;
    if (taken) {
      assertThat(client.fields(next)).containsEntry(":status", "200");
      assertThat(client.read().type()).isEqualTo(DATA);
      next = client.read();
    }
    assertThat(next.type()).isEqualTo(GOAWAY);
    assertThat(next.first()).isEqualTo(taken ? 3 : 1);
    assertThat(closed).isNotDone();
    pending.decide("pending", 1);

    assertThat(client.answer(1).body()).contains("\"remaining\":1,");
    assertThat(client.ended()).isTrue();
    closed.join();
  }

  @Test
  void afterTheGraceItEndsAnyway() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    CheckServer server = start(pending.limiter(), OPTIONS.withGrace(Duration.ofMillis(50)));
    RawHttp2 client = connect(server.port());
    client.check(1, "never");
    pending.awaitAsked("never");

    server.close();

    assertThat(client.ended()).isTrue();
  }

  @Test
  void anIdleConnectionIsClosed() throws Exception {
    RawHttp2 client = connect(
        start(ScriptedLimiter.always(ADMITTED), OPTIONS.withIdleTimeout(Duration.ofMillis(100)))
            .port());

    assertThat(client.check(1, "a").answer(1).status()).isEqualTo("200");

    assertThat(client.goAwayCode()).isEqualTo(NO_ERROR);
    assertThat(client.ended()).isTrue();
  }
}
