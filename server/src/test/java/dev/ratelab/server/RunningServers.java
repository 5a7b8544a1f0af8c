package dev.ratelab.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.RawClient.Response;
import dev.ratelab.server.check.ActivePolicies;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The servers of one test and the connections to them. All end with the test: who came last first. */
public final class RunningServers implements AfterEachCallback {
  public static final Decision ADMITTED = Decision.allow(10, 7, 0);

  /** On any free port, and closing without waiting for answers. */
  public static final ServerOptions OPTIONS =
      ServerOptions.defaults().at("127.0.0.1", 0).withGrace(Duration.ZERO);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Telemetry telemetry = Telemetry.create();

  public Telemetry telemetry() {
    return telemetry;
  }

  /** The port of a new server that admits everything. */
  public int start(ServerOptions options) throws IOException {
    return start(ScriptedLimiter.always(ADMITTED), options);
  }

  public int start(RateLimiter limiter, ServerOptions options) throws IOException {
    return server(ScriptedLimiter.POLICIES, limiter, options).port();
  }

  public CheckServer server(PolicySet policies, RateLimiter limiter, ServerOptions options)
      throws IOException {
    return closing(serving(policies, limiter, options, telemetry));
  }

  /** A server whose telemetry the test looks at, and closes after it. */
  public static CheckServer serving(
      PolicySet policies, RateLimiter limiter, ServerOptions options, Telemetry telemetry)
      throws IOException {
    ActivePolicies served = ActivePolicies.of(policies, telemetry.metered(limiter));
    return CheckServer.start(() -> served, options, telemetry, null);
  }

  public <T extends AutoCloseable> T closing(T what) {
    open.push(what);
    return what;
  }

  public RawClient connect(int port) throws IOException {
    return closing(new RawClient(port));
  }

  /** A connection to a new server that admits everything. */
  public RawClient connect() throws IOException {
    return connect(start(ScriptedLimiter.always(ADMITTED), OPTIONS));
  }

  public double dropped(String reason) {
    return metric("ratelab_http_connections_dropped_total{reason=\"" + reason + "\"}");
  }

  public double metric(String sample) {
    return Exposition.parse(telemetry.exposition().toCompletableFuture().join()).value(sample);
  }

  /** The next answer is a problem, and the last one. */
  public static void assertProblemThatCloses(RawClient client, int status) throws IOException {
    Response response = client.read();
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.headers()).containsEntry("content-type", "application/problem+json");
    assertThat(response.body()).contains("\"status\":%d,".formatted(status));
    assertThat(response.closes()).isTrue();
    assertThat(client.ended()).isTrue();
  }

  @Override
  public void afterEach(ExtensionContext test) throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    telemetry.close();
  }
}
