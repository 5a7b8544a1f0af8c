package dev.ratelab.server.http;

import static dev.ratelab.server.RawClient.check;
import static dev.ratelab.server.RawClient.post;
import static dev.ratelab.server.RunningServers.ADMITTED;
import static dev.ratelab.server.RunningServers.assertProblemThatCloses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.check.ActivePolicies;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one client, or all of them, may take. */
class LimitsTest {
  private static final ActivePolicies SERVED =
      ActivePolicies.of(ScriptedLimiter.POLICIES, ScriptedLimiter.always(ADMITTED));
  // Never what ends a test, unless the test sets it to something short.
  private static final Duration NEVER = Duration.ofHours(10);
  private static final ServerOptions OPTIONS = RunningServers.OPTIONS.withIdleTimeout(NEVER);

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private int start(ClientLimits limits) throws IOException {
    return servers.start(OPTIONS.withLimits(limits));
  }

  private static ClientLimits times(Duration head, Duration body, Duration write) {
    return new ClientLimits(4096, 8192, 10_000, 0, head, body, write, NEVER);
  }

  /** Each of them sends a byte now and then, so none is ever idle. Who is honest is served all the while. */
  @ParameterizedTest
  @ValueSource(strings = {"head", "body"})
  void whoTricklesIsCutOffWhileOthersAreServed(String part) throws Exception {
    Duration brief = Duration.ofMillis(300);
    int port = start(times(brief, brief, NEVER));
    String whole = post("{\"key\":\"" + "k".repeat(60_000) + "\"}", "");
    int shortHead = whole.indexOf("Host:");
    int begun = part.equals("head") ? shortHead : whole.indexOf("{");
    String rest = part.equals("head")
        ? "X: " + "x".repeat(8_000) + "\r\n" + whole.substring(shortHead)
        : whole.substring(begun);
    List<RawClient> tricklers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      tricklers.add(servers.connect(port).send(whole.substring(0, begun)));
    }

    CompletableFuture<?>[] trickling = tricklers.stream()
        .map(client -> CompletableFuture.runAsync(() -> trickle(client, rest), OwnThread.EACH))
        .toArray(CompletableFuture<?>[]::new);
    RawClient honest = servers.connect(port);
    int served = 0;
    while (!CompletableFuture.allOf(trickling).isDone()) {
      assertThat(honest.send(check("a")).read().status()).isEqualTo(200);
      served++;
    }

    assertThat(served).isPositive();
    for (RawClient client : tricklers) {
      assertProblemThatCloses(client, 408);
    }
    CompletableFuture.allOf(trickling).join();
    assertThat(servers.dropped("slow_sender")).isEqualTo(40);
    assertThat(honest.send(check("a")).read().status()).isEqualTo(200);
  }

  /** Until it is cut off; all of it would take a minute. */
  private static void trickle(RawClient client, String rest) {
    try {
      for (int i = 0; i < rest.length(); i++) {
        client.send((byte) rest.charAt(i));
        if (client.answered()) {
          return;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    } catch (IOException e) {
      // Cut off.
    }
  }

  private Wire embedded(ClientLimits limits) {
    Wire wire = Wire.serving(
        () -> SERVED, OPTIONS.withLimits(limits), servers.telemetry(), RequestMemory.ofHeap());
    servers.closing(wire::finishAndReleaseAll);
    return wire;
  }

  private static void pass(Wire wire, Duration time) {
    wire.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    wire.runScheduledPendingTasks();
  }

  /** It runs from the first byte of a head, or the end of it, and what comes in meanwhile does not begin it anew. */
  @ParameterizedTest
  @ValueSource(strings = {"head", "body"})
  void eachPartHasItsTimeFromItsBegin(String part) {
    boolean head = part.equals("head");
    Duration ten = Duration.ofSeconds(10);
    Wire channel = embedded(times(head ? ten : NEVER, head ? NEVER : ten, NEVER));
    String request = check("abcdefghijklmnop");
    int begun = head ? 1 : request.indexOf("{");
    if (head) {
      pass(channel, Duration.ofHours(1));
    }
    channel.send(request.substring(0, begun));
    for (int i = begun; i < begun + 9; i++) {
      pass(channel, Duration.ofSeconds(1));
      channel.send(request.substring(i, i + 1));
    }

    pass(channel, Duration.ofMillis(999));
    assertThat(channel.answers()).isEmpty();
    pass(channel, Duration.ofMillis(1));
    assertThat(channel.answers())
        .startsWith("HTTP/1.1 408 Request Timeout")
        .contains("the request's " + part + " did not arrive within 10s");
    assertThat(servers.dropped("slow_sender")).isEqualTo(1);
  }

  /** A head in time is not held against the next one, nor the pause between them. */
  @Test
  void eachHeadHasItsOwnTime() {
    Wire channel = embedded(times(Duration.ofSeconds(10), NEVER, NEVER));
    String request = check("a");
    for (int i = 0; i < 5; i++) {
      channel.send(request.substring(0, 7));
      pass(channel, Duration.ofSeconds(9));
      channel.send(request.substring(7));
      assertThat(channel.answers()).startsWith("HTTP/1.1 200 OK");
      pass(channel, Duration.ofSeconds(30));
      channel.pipeline().fireChannelReadComplete();
      pass(channel, Duration.ofSeconds(30));
    }
    assertThat(channel.answers()).isEmpty();
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void eachBodyHasItsOwnTime() {
    Wire channel = embedded(times(NEVER, Duration.ofSeconds(10), NEVER));
    String request = check("a");
    int begun = request.indexOf("{");
    channel.send(request.substring(0, begun));
    for (int i = 0; i < 5; i++) {
      pass(channel, Duration.ofSeconds(9));
      channel.send(request.substring(begun) + request.substring(0, begun));
      assertThat(channel.answers()).startsWith("HTTP/1.1 200 OK");
    }
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void whoLeavesAnswersUnreadIsCutOff() {
    Wire channel = embedded(times(NEVER, NEVER, Duration.ofSeconds(10)));
    for (int i = 0; i < 3; i++) {
      channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
      channel.runPendingTasks();
      pass(channel, Duration.ofSeconds(9));
      channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
      channel.runPendingTasks();
      pass(channel, Duration.ofSeconds(9));
    }
    assertThat(channel.isOpen()).as("it reads on in time").isTrue();

    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    channel.runPendingTasks();
    pass(channel, Duration.ofSeconds(10));

    assertThat(channel.isOpen()).isFalse();
    assertThat(servers.dropped("slow_reader")).isEqualTo(1);
  }

  /** Over a socket, whose buffers have to fill up first. */
  @Test
  void whoAsksAndNeverReadsIsCutOff() throws Exception {
    int port = start(times(NEVER, NEVER, Duration.ofMillis(200)));
    RawClient greedy = servers.connect(port);

    try {
      String many = check("a").repeat(1_000);
      while (true) {
        greedy.send(many);
      }
    } catch (IOException e) {
      // The server has closed it.
    }

    assertThat(servers.dropped("slow_reader")).isEqualTo(1);
    assertThat(servers.connect(port).send(check("a")).read().status()).isEqualTo(200);
  }

  @Test
  void aConnectionTooManyIsToldSoAndClosed() throws Exception {
    int port = start(new ClientLimits(4096, 8192, 3, 0, NEVER, NEVER, NEVER, NEVER));
    List<RawClient> first = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      first.add(servers.connect(port).send(check("a")));
      assertThat(first.get(i).read().status()).isEqualTo(200);
    }

    assertProblemThatCloses(servers.connect(port), 503);
    assertThat(first.get(0).send(check("a")).read().status())
        .as("the others stay")
        .isEqualTo(200);
    assertThat(servers.dropped("too_many")).isEqualTo(1);

    first.get(0).close();
    assertThat(firstAdmitted(port)).as("one has gone: there is room again").isEqualTo(200);
  }

  /** An orchestrator would restart a server that it cannot ask, which helps nobody. */
  @Test
  void healthIsToldHoweverManyAreConnected() throws Exception {
    int port = start(new ClientLimits(4096, 8192, 1, 0, NEVER, NEVER, NEVER, NEVER));
    RawClient only = servers.connect(port).send(check("a"));
    assertThat(only.read().status()).isEqualTo(200);

    for (int i = 0; i < 40; i++) {
      // It asks for nothing, and would hold its place.
      servers.connect(port);
      askForHealth(port);
      assertProblemThatCloses(servers.connect(port).send(check("a")), 503);
    }
    assertThat(servers.dropped("too_many")).isGreaterThanOrEqualTo(40);
  }

  /** A machine that stalls for the half second that a probe has is no fault of the server's: then it is asked again. */
  private void askForHealth(int port) throws IOException {
    for (int tries = 1; ; tries++) {
      RawClient probe = servers.connect(port).send(RawClient.get("/health/live"));
      Response response = probe.read();
      assertThat(response.closes()).isTrue();
      assertThat(probe.ended()).isTrue();
      if (response.status() == 200) {
        return;
      }
      assertThat(response.status()).isEqualTo(503);
      assertThat(tries).as("tries").isLessThan(50);
    }
  }

  /** Whoever is beyond the bound and has to make room for another is told so, and counted once. */
  @Test
  void whoGivesItsSpareSeatAwayIsToldSo() throws Exception {
    int port = start(new ClientLimits(4096, 8192, 1, 0, NEVER, NEVER, NEVER, NEVER));
    assertThat(servers.connect(port).send(check("a")).read().status()).isEqualTo(200);
    List<RawClient> spare = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      spare.add(servers.connect(port));
    }

    for (RawClient each : spare) {
      assertProblemThatCloses(each, 503);
    }
    assertThat(servers.dropped("too_many")).isEqualTo(40);
  }

  /** Asks until the server has noticed that a connection is closed. */
  private int firstAdmitted(int port) throws IOException {
    while (true) {
      try (RawClient client = new RawClient(port)) {
        int status = client.send(check("a")).read().status();
        if (status != 503) {
          return status;
        }
      } catch (IOException e) {
        // Closed while it was sending.
      }
    }
  }

  @Test
  void oneAddressHasItsShareOnly() throws Exception {
    int port = start(new ClientLimits(4096, 8192, 100, 2, NEVER, NEVER, NEVER, NEVER));
    for (int i = 0; i < 2; i++) {
      assertThat(servers.connect(port).send(check("a")).read().status()).isEqualTo(200);
    }

    assertProblemThatCloses(servers.connect(port), 503);

    assertThat(servers.dropped("too_many_from_address")).isEqualTo(1);
  }

  @Test
  void headsHaveTheBoundsThatAreSet() throws Exception {
    int port = start(new ClientLimits(256, 300, 100, 0, NEVER, NEVER, NEVER, NEVER));
    String line = "POST /check? HTTP/1.1";

    String longest = "POST /check?" + "x".repeat(256 - line.length()) + " HTTP/1.1";
    assertThat(servers
            .connect(port)
            .send(check("a").replace("POST /check HTTP/1.1", longest))
            .read()
            .status())
        .isEqualTo(200);
    assertProblemThatCloses(
        servers
            .connect(port)
            .send(check("a").replace("POST /check HTTP/1.1", longest.replace("?", "?x"))),
        414);
    assertThat(servers
            .connect(port)
            .send(post("{\"key\":\"a\"}", "X: " + "x".repeat(250) + "\r\n"))
            .read()
            .status())
        .isEqualTo(200);
    assertProblemThatCloses(
        servers.connect(port).send(post("{\"key\":\"a\"}", "X: " + "x".repeat(300) + "\r\n")), 431);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
          255   | 8192  | 1 | 0  | 1 | max request line is 255; accepted: 256 to 65536
          65537 | 8192  | 1 | 0  | 1 | max request line is 65537; accepted: 256 to 65536
          4096  | 255   | 1 | 0  | 1 | max header is 255; accepted: 256 to 65536
          4096  | 65537 | 1 | 0  | 1 | max header is 65537; accepted: 256 to 65536
          4096  | 8192  | 0 | 0  | 1 | max connections is 0; accepted: 1 to 2147483647
          4096  | 8192  | 1 | -1 | 1 | max connections per address is -1; accepted: 0 to 2147483647
          4096  | 8192  | 1 | 0  | 0 | head timeout is 0s; accepted: over 0, at most a day
          4096  | 8192  | 1 | 0  | 86401 | head timeout is 86401s; accepted: over 0, at most a day
          """)
  void outOfRangeIsRefused(
      int line, int header, int connections, int each, long head, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ClientLimits(
            line, header, connections, each, Duration.ofSeconds(head), NEVER, NEVER, NEVER))
        .withMessage(message);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void everyTimeoutHasItsRange(int wrong) {
    Duration[] times = {NEVER, NEVER, NEVER, NEVER};
    times[wrong] = Duration.ZERO;
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new ClientLimits(4096, 8192, 1, 0, times[0], times[1], times[2], times[3]))
        .withMessageEndingWith("timeout is 0s; accepted: over 0, at most a day");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 65_536})
  void portsHaveTheirRange(int port) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.at("127.0.0.1", port))
        .withMessage("port is %d; accepted: 0 (any free one) to 65535", port);
    assertThatCode(() -> OPTIONS.at("127.0.0.1", 0).at("127.0.0.1", 65_535))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 201, 403, 503})
  void aDenialIs200Or429(int status) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withDenyStatus(status))
        .withMessage("deny status is %d; accepted: 200, 429", status);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, ServerOptions.MAX_BODY_BYTES + 1})
  void bodiesAreBounded(int bytes) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withMaxBodyBytes(bytes))
        .withMessage("max body is %d bytes; accepted: 1 to 1048576", bytes);
    assertThatCode(() -> OPTIONS.withMaxBodyBytes(ServerOptions.MAX_BODY_BYTES))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1})
  void timesAreNotNegative(long seconds) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withIdleTimeout(Duration.ofSeconds(seconds)))
        .withMessageContaining("accepted: over 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OPTIONS.withGrace(Duration.ofNanos(seconds - 1)))
        .withMessageContaining("accepted: 0 or longer");
  }
}
