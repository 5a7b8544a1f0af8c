package dev.ratelab.server.http;

import static dev.ratelab.server.RawClient.check;
import static dev.ratelab.server.RawClient.post;
import static dev.ratelab.server.RunningServers.ADMITTED;
import static dev.ratelab.server.RunningServers.OPTIONS;
import static dev.ratelab.server.RunningServers.assertProblemThatCloses;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.check.ActivePolicies;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 as clients really speak it: kept alive, pipelined, cut into pieces, malformed. */
class ConnectionTest {
  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private static void assertRemaining(Response response, long remaining) {
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body()).contains("\"remaining\":%d,".formatted(remaining));
  }

  @Test
  void aConnectionServesManyRequests() throws Exception {
    RawClient client = servers.connect();

    for (int i = 0; i < 100; i++) {
      client.send(check("a"));
      Response response = client.read();
      assertRemaining(response, 7);
      assertThat(response.headers()).doesNotContainKey("connection");
    }
  }

  /** Rejections do not cost the connection, as long as it is known where the next request begins. */
  @Test
  void aRejectionKeepsTheConnection() throws Exception {
    RawClient client = servers.connect().send(post("{", "") + RawClient.get("/nope") + check("a"));

    assertThat(client.read().status()).isEqualTo(400);
    assertThat(client.read().status()).isEqualTo(404);
    assertThat(client.read().status()).isEqualTo(200);
  }

  @Test
  void answersComeInTheOrderOfTheRequestsWhateverTheOrderOfDecisions() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    RawClient client = servers
        .connect(servers.start(pending.limiter(), OPTIONS))
        .send(check("0") + check("1") + RawClient.get("/nope") + check("2"));
    for (int i = 2; i >= 0; i--) {
      pending.awaitAsked("" + i);
      pending.decide("" + i, i);
    }

    assertRemaining(client.read(), 0);
    assertRemaining(client.read(), 1);
    assertThat(client.read().status()).isEqualTo(404);
    assertRemaining(client.read(), 2);
  }

  /** More in one piece than a connection may have unanswered, and than the codec counts by itself. */
  @Test
  void aLongPipelineIsAnsweredWhole() throws Exception {
    RawClient client = servers.connect();
    int requests = 2_000;

    client.send(check("a").repeat(requests));

    for (int i = 0; i < requests; i++) {
      assertRemaining(client.read(), 7);
    }
  }

  @Test
  void aDecisionThatNeverComesHoldsUpNobodyElse() throws Exception {
    int port = servers.start(
        ScriptedLimiter.deciding((key, cost) -> key.equals("stuck")
            ? new CompletableFuture<>()
            : CompletableFuture.completedFuture(ADMITTED)),
        OPTIONS);
    int more = 4 * Runtime.getRuntime().availableProcessors();
    for (int i = 0; i < more; i++) {
      servers.connect(port).send(check("stuck"));
    }

    for (int i = 0; i < more; i++) {
      assertRemaining(servers.connect(port).send(check("a")).read(), 7);
    }
  }

  @Test
  void requestsMayComeInPieces() throws Exception {
    RawClient client = servers.connect();
    String request = check("\u00e9");
    byte[] bytes = request.getBytes(StandardCharsets.UTF_8);

    for (byte each : bytes) {
      client.send(each);
    }

    assertRemaining(client.read(), 7);
  }

  @Test
  void aChunkedBodyIsPutTogether() throws Exception {
    RawClient client = servers.connect();
    String chunked = """
        POST /check HTTP/1.1
        Host: test
        Transfer-Encoding: chunked

        5
        {"key
        6;x=y
        ":"a"}
        0
        Trailer: t

        """.replace("\n", "\r\n");

    client.send(chunked + chunked);

    assertRemaining(client.read(), 7);
    assertRemaining(client.read(), 7);
  }

  @Test
  void aDeclaredBodyThatIsTooLongIsRefusedBeforeItIsSent() throws Exception {
    RawClient client = servers
        .connect()
        .send(
            "POST /check HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n");

    assertProblemThatCloses(client, 413);
  }

  @Test
  void aChunkedBodyThatIsTooLongIsRefusedAsSoonAsItIs() throws Exception {
    RawClient client = servers
        .connect(servers.start(OPTIONS.withMaxBodyBytes(10)))
        .send(
            check("").replace("{\"key\":\"\"}", "{}").replace(": 10", ": 2")
                + "POST /check HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"key\":\"aa\"");

    assertThat(client.read().status()).isEqualTo(400);
    assertProblemThatCloses(client, 413);
  }

  @Test
  void aClientThatAsksFirstIsToldToGoOn() throws Exception {
    RawClient client = servers
        .connect()
        .send(
            "POST /check HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
    assertThat(client.read().status()).isEqualTo(100);
    client.send("{\"key\":\"a\"}");

    assertRemaining(client.read(), 7);
  }

  /** An interim answer sent out of turn would be taken for one to the request before. */
  @Test
  void aClientThatAsksFirstIsToldToGoOnInItsTurn() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    RawClient client = servers
        .connect(servers.start(pending.limiter(), OPTIONS))
        .send(
            check("0")
                + "POST /check HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
    pending.awaitAsked("0");
    pending.decide("0", 5);

    assertRemaining(client.read(), 5);
    assertThat(client.read().status()).isEqualTo(100);
    client.send("{\"key\":\"1\"}");
    pending.decide("1", 4);
    assertRemaining(client.read(), 4);
  }

  @Test
  void headIsAnsweredWithoutBody() throws Exception {
    RawClient client =
        servers.connect().send("HEAD /health HTTP/1.1\r\nHost: test\r\n\r\n" + check("a"));

    Response head = client.readHead();
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.headers()).containsEntry("content-length", "15");
    assertRemaining(client.read(), 7);
  }

  @Test
  void aProxyMayNameTheWholeUrl() throws Exception {
    RawClient client =
        servers.connect().send(check("a").replace("/check", "http://test:8080/check"));

    assertRemaining(client.read(), 7);
  }

  @Test
  void aClientThatWantsToCloseIsAnsweredAndClosed() throws Exception {
    RawClient client = servers
        .connect()
        .send(check("a") + post("{\"key\":\"a\"}", "Connection: close\r\n") + check("ignored"));

    assertThat(client.read().closes()).isFalse();
    assertThat(client.read().closes()).isTrue();
    assertThat(client.ended()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOlderClientIsClosedUnlessItAsksOtherwise(boolean keepAlive) throws Exception {
    RawClient client = servers.connect();
    String request = post("{\"key\":\"a\"}", keepAlive ? "Connection: keep-alive\r\n" : "")
        .replace("HTTP/1.1", "HTTP/1.0");

    client.send(request + request);

    Response first = client.read();
    assertRemaining(first, 7);
    if (keepAlive) {
      assertThat(first.headers()).containsEntry("connection", "keep-alive");
      assertRemaining(client.read(), 7);
    } else {
      assertThat(first.closes()).isTrue();
      assertThat(client.ended()).isTrue();
    }
  }

  /** Far more answers than the sockets hold, none of them read before the last request is sent. */
  @Test
  void whoShutsItsSideStillGetsEveryAnswer() throws Exception {
    ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();
    RawClient client = servers.connect(servers.start(pending.limiter(), OPTIONS));
    int requests = 20_000;

    CompletableFuture<Void> sent = CompletableFuture.runAsync(
        () -> {
          try {
            client.send(check("a").repeat(requests));
            client.shutdownOutput();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        OwnThread.EACH);
    pending.awaitAsked("a");
    pending.decide("a", 3);

    for (int i = 0; i < requests; i++) {
      assertRemaining(client.read(), 3);
    }
    assertThat(client.ended()).isTrue();
    sent.join();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          NONSENSE                                                                           | 400
          POST /check HTTP/1.1\\r\\nContent-Length: 0                                         | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nHost: b                                      | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nno colon                                     | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nsp ace: b                                    | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: -1                           | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: x                            | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 1\\r\\nContent-Length: 2     | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 21\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nb\\r\\n{"key":"a"}\\r\\n0 | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: gzip                      | 400
          POST /check HTTP/1.0\\r\\nTransfer-Encoding: chunked                                | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz     | 400
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nExpect: miracles                             | 417
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nContent-Encoding: gzip                          | 415
          POST /check/batch HTTP/1.1\\r\\nHost: a\\r\\nContent-Encoding: br, identity            | 415
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nContent-Encoding: identity\\r\\nContent-Encoding: gzip | 415
          POST /check HTTP/1.1\\r\\nHost: a\\r\\nExpect: 100-continue\\r\\nExpect: a\\r\\nContent-Length: 1 | 417
          PUT /admin/policies/a HTTP/1.1\\r\\nHost: a\\r\\nContent-Encoding: deflate             | 415
          PRI * HTTP/2.0                                                                     | 505
          """)
  void whatIsNotHttpIsRefusedAndTheConnectionClosed(String head, int status) throws Exception {
    RawClient client =
        servers.connect().send(head.replace("\\r\\n", "\r\n") + "\r\n\r\n" + check("smuggled"));

    assertProblemThatCloses(client, status);
  }

  /** What a client of HTTP/2 by prior knowledge sends first: its preface and its settings. */
  @Test
  void thePrefaceOfHttp2IsAnsweredInHttp11() throws Exception {
    RawClient client =
        servers.connect().send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0");

    assertProblemThatCloses(client, 505);
  }

  @Test
  void theCodingThatIsNoneIsTaken() throws Exception {
    RawClient client = servers.connect();

    assertThat(client
            .send(post("{\"key\":\"a\"}", "Content-Encoding: Identity\r\n"))
            .read()
            .status())
        .isEqualTo(200);
  }

  @Test
  void longHeadsAreRefused() throws Exception {
    RawClient line = servers
        .connect()
        .send("POST /check?" + "x".repeat(10_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    assertProblemThatCloses(line, 414);

    RawClient fields = servers.connect().send(post("{}", "X: " + "x".repeat(20_000) + "\r\n"));
    assertProblemThatCloses(fields, 431);
  }

  @Test
  void aClientThatStaysSilentIsClosed() throws Exception {
    int port = servers.start(OPTIONS.withIdleTimeout(Duration.ofMillis(50)));

    assertThat(servers.connect(port).ended()).isTrue();
  }

  @Test
  void aRequestThatDoesNotEndIsTimedOut() throws Exception {
    int port = servers.start(OPTIONS.withIdleTimeout(Duration.ofMillis(50)));
    RawClient client =
        servers.connect(port).send("POST /check HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{");

    assertProblemThatCloses(client, 408);
  }

  @Test
  void whoWaitsForADecisionIsNotIdle() {
    CompletableFuture<Decision> decision = new CompletableFuture<>();
    Wire channel = serving(ScriptedLimiter.deciding((key, cost) -> decision));
    channel.send(check("a"));

    for (int i = 0; i < 10; i++) {
      channel.advanceTimeBy(OPTIONS.idleTimeout().toNanos(), TimeUnit.NANOSECONDS);
      channel.runScheduledPendingTasks();
    }
    decision.complete(ADMITTED);

    assertThat(channel.answers()).startsWith("HTTP/1.1 200 OK");
    assertThat(channel.isOpen()).isTrue();
    channel.advanceTimeBy(2 * OPTIONS.idleTimeout().toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.isOpen()).as("now it is").isFalse();
  }

  /** Answers that the socket could not take yet are not dropped because the client has sent all. */
  @Test
  void aSlowReaderThatShutsItsSideIsNotCutOff() {
    List<Runnable> held = new ArrayList<>();
    Wire channel = serving(ScriptedLimiter.always(ADMITTED));
    channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
      @Override
      public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        held.add(() -> {
          var unused = ctx.writeAndFlush(message, promise);
        });
      }
    });
    channel.send(check("a"));

    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isTrue();
    held.forEach(Runnable::run);

    assertThat(channel.answers()).startsWith("HTTP/1.1 200 OK");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void itReadsOnOnlyWhileFewRequestsAreUnanswered() {
    List<CompletableFuture<Decision>> decisions = new ArrayList<>();
    Wire channel = serving(ScriptedLimiter.deciding((key, cost) -> {
      CompletableFuture<Decision> decision = new CompletableFuture<>();
      decisions.add(decision);
      return decision;
    }));

    for (int i = 0; i < 127; i++) {
      channel.send(check("a"));
    }
    assertThat(channel.config().isAutoRead()).isTrue();
    channel.send(check("a"));
    assertThat(channel.config().isAutoRead()).isFalse();

    decisions.get(1).complete(ADMITTED);
    channel.runPendingTasks();
    assertThat(channel.config().isAutoRead()).as("the first one holds it up").isFalse();
    decisions.get(0).complete(ADMITTED);
    channel.runPendingTasks();
    assertThat(channel.config().isAutoRead()).isTrue();
    channel.finishAndReleaseAll();
  }

  private Wire serving(RateLimiter limiter) {
    ActivePolicies served = ActivePolicies.of(ScriptedLimiter.POLICIES, limiter);
    return Wire.serving(() -> served, OPTIONS, servers.telemetry(), RequestMemory.ofHeap());
  }
}
