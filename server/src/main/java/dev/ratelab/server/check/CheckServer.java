package dev.ratelab.server.check;

import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.http.HttpCall;
import dev.ratelab.server.http.HttpServer;
import dev.ratelab.server.http.Response;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.server.telemetry.Telemetry;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code POST /check} and {@code POST /check/batch} over HTTP/1.1, with or without TLS, with the decisions of any limiter, and the questions
 * after its health: {@code /health} whether the backend answers, {@code /health/live} whether this process does, {@code
 * /health/ready} whether to send requests here. There are {@code /metrics} and a live page at {@code /}, too. Keeps
 * connections alive and takes pipelined requests.
 *
 * <p>Decisions are asked for with {@link RateLimiter#checkAsync}, on the threads that
 * serve all connections: one that blocks there, against its contract, blocks others.
 */
public final class CheckServer implements AutoCloseable {
  private final HttpServer http;
  private final ServerResources resources;
  private final Runnable closeTelemetry;
  private final AtomicBoolean closed = new AtomicBoolean();

  private CheckServer(HttpServer http, ServerResources resources, Runnable closeTelemetry) {
    this.http = http;
    this.resources = resources;
    this.closeTelemetry = closeTelemetry;
  }

  /**
   * Starts to serve, with telemetry of its own. The limiter stays the caller's to close, after this server.
   *
   * @throws IOException if the address cannot be listened on; the message says which and why
   */
  public static CheckServer start(PolicySet policies, RateLimiter limiter, ServerOptions options)
      throws IOException {
    Telemetry telemetry = Telemetry.create();
    ActivePolicies served = ActivePolicies.of(policies, telemetry.metered(limiter));
    return start(() -> served, options, telemetry, null, telemetry::close);
  }

  /**
   * Starts to serve policies that may change. Their limiters and the telemetry stay the caller's to close, after this server.
   *
   * @param policies those of now, decided by limiters that always answer
   * @param admin answers what is asked at a path of {@code /policies}, or null if the admin API is off
   * @throws IOException if the address cannot be listened on; the message says which and why
   */
  public static CheckServer start(
      Supplier<ActivePolicies> policies,
      ServerOptions options,
      Telemetry telemetry,
      @Nullable BiFunction<HttpCall, String, CompletionStage<Response>> admin)
      throws IOException {
    return start(policies, options, telemetry, admin, () -> {});
  }

  private static CheckServer start(
      Supplier<ActivePolicies> policies,
      ServerOptions options,
      Telemetry telemetry,
      @Nullable BiFunction<HttpCall, String, CompletionStage<Response>> admin,
      Runnable closeTelemetry)
      throws IOException {
    ServerResources resources = new ServerResources(policies, options, telemetry, admin);
    return new CheckServer(
        HttpServer.start(resources::answer, options, telemetry), resources, closeTelemetry);
  }

  public int port() {
    return http.port();
  }

  /** From now on {@code GET /health/ready} says no, so that no more requests are sent here. All else goes on. */
  public void retire() {
    resources.retire();
  }

  /**
   * Accepts no more connections, answers every request that was read, and closes. Waits for that at most the options' grace
   * beyond the longest deadline of the policies, so that no decision that was asked for in time is cut off; what is unanswered by
   * then is.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    resources.retire();
    http.close(resources.longestDeadline(), resources::endStreams);
    closeTelemetry.run();
  }
}
