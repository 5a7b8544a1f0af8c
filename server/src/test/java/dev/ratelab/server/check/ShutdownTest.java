package dev.ratelab.server.check;

import static dev.ratelab.server.RawClient.check;
import static dev.ratelab.server.RunningServers.ADMITTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ratelab.fixtures.OwnThread;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.RawClient;
import dev.ratelab.server.RunningServers;
import dev.ratelab.server.ScriptedLimiter;
import dev.ratelab.server.http.ServerOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server that closes answers what it has accepted. */
class ShutdownTest {
  // Never what ends a test: far longer than any of them takes.
  private static final ServerOptions OPTIONS =
      RunningServers.OPTIONS.withGrace(Duration.ofMinutes(10));

  @RegisterExtension
  private final RunningServers servers = new RunningServers();

  private final ScriptedLimiter.Pending pending = new ScriptedLimiter.Pending();

  private CheckServer server(RateLimiter limiter) throws IOException {
    return servers.server(ScriptedLimiter.POLICIES, limiter, OPTIONS);
  }

  /** Returns once the server takes no more connections. */
  private static CompletableFuture<Void> beginClosing(CheckServer server) {
    int port = server.port();
    CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close, OwnThread.EACH);
    while (true) {
      try {
        new RawClient(port).close();
        Thread.onSpinWait();
      } catch (IOException e) {
        return closed;
      }
    }
  }

  @Test
  void whatIsPendingIsAnsweredThenTheConnectionEnds() throws Exception {
    CheckServer server = server(pending.limiter());
    RawClient client = servers.connect(server.port()).send(check("0") + check("1"));
    pending.awaitAsked("0");
    pending.awaitAsked("1");

    CompletableFuture<Void> closed = beginClosing(server);
    assertThat(closed).isNotDone();
    pending.decide("1", 1);
    pending.decide("0", 0);

    assertThat(client.read().body()).contains("\"remaining\":0,");
    assertThat(client.read().body()).contains("\"remaining\":1,");
    assertThat(client.ended()).isTrue();
    closed.join();
  }

  /** The last answer says so, and what comes after it is not charged. */
  @Test
  void theLastAnswerSaysThatItIs() throws Exception {
    CheckServer server = server(pending.limiter());
    RawClient slow = servers.connect(server.port());
    RawClient idle = servers.connect(server.port());
    slow.send(check("0"));
    pending.awaitAsked("0");
    pending.decide("late", 9);
    CompletableFuture<Void> closed = beginClosing(server);

    // It is answered until the server comes to close it, which an answer says or the end shows.
    try {
      while (!idle.send(check("late")).read().closes()) {
        Thread.onSpinWait();
      }
      assertThat(idle.ended()).isTrue();
    } catch (IOException e) {
      // Closed between two requests.
    }
    pending.decide("0", 3);
    assertThat(slow.read().body()).contains("\"remaining\":3,");
    closed.join();
  }

  /** A request of which the server has read a part is accepted as well. */
  @Test
  void aRequestThatHasBegunMayEnd() throws Exception {
    CheckServer server = server(ScriptedLimiter.always(ADMITTED));
    RawClient client = servers.connect(server.port());
    String request = check("a").replace("Host: test", "Host: test\r\nExpect: 100-continue");
    int body = request.indexOf("{");
    client.send(request.substring(0, body));
    assertThat(client.read().status()).as("so it has read the head").isEqualTo(100);

    CompletableFuture<Void> closed = beginClosing(server);
    client.send(request.substring(body));

    assertThat(client.read().status()).isEqualTo(200);
    assertThat(client.ended()).isTrue();
    closed.join();
  }

  @Test
  void idleConnectionsAreClosed() throws Exception {
    CheckServer server = server(ScriptedLimiter.always(ADMITTED));
    RawClient client = servers.connect(server.port()).send(check("a"));
    assertThat(client.read().status()).isEqualTo(200);

    server.close();

    assertThat(client.ended()).isTrue();
  }

  @Test
  void afterTheGraceItEndsAnyway() throws Exception {
    CheckServer server = servers.server(
        ScriptedLimiter.POLICIES, pending.limiter(), OPTIONS.withGrace(Duration.ofMillis(50)));
    RawClient client = servers.connect(server.port()).send(check("never"));
    pending.awaitAsked("never");

    server.close();

    assertThatExceptionOfType(IOException.class).isThrownBy(client::read);
  }

  @Test
  void afterwardsThePortIsFreeAndClosingAgainDoesNothing() throws Exception {
    CheckServer server = server(ScriptedLimiter.always(ADMITTED));
    int port = server.port();

    server.close();
    server.close();

    assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> new RawClient(port));
    servers.start(OPTIONS.at("127.0.0.1", port));
  }
}
