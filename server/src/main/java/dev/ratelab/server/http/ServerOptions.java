package dev.ratelab.server.http;

import dev.ratelab.limiter.DurationText;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How a server serves.
 *
 * @param host the address to listen on; everybody who reaches it may ask
 * @param port the port to listen on, 0 for any free one
 * @param denyStatus the HTTP status of a denial: 200, or 429 for gateways that pass statuses on
 * @param maxBodyBytes the longest request body in bytes, 1 to {@value #MAX_BODY_BYTES}
 * @param idleTimeout how long a client may take over its next request, over 0, at most a day; it is cut off after at most twice that
 * @param grace the longest that closing waits for answers, not negative
 * @param limits what clients may take beyond these
 * @param tls the certificate to serve with, or null to serve without TLS
 * @param health asked on each {@code GET /health} and {@code /health/ready}, without blocking; what completes is up, what completes
 *     exceptionally is down
 */
public record ServerOptions(
    String host,
    int port,
    int denyStatus,
    int maxBodyBytes,
    Duration idleTimeout,
    Duration grace,
    ClientLimits limits,
    @Nullable Tls tls,
    Supplier<? extends CompletionStage<?>> health) {
  /** The largest bound on bodies: 1 MiB. A check needs a key and a number. */
  public static final int MAX_BODY_BYTES = 1 << 20;

  public static final int DEFAULT_MAX_BODY_BYTES = 1 << 16;

  /** The grace unless another is set: five seconds, half of what container engines wait before they kill. */
  public static final Duration DEFAULT_GRACE = Duration.ofSeconds(5);

  private static final int MAX_PORT = 65_535;

  /** Throws {@link IllegalArgumentException} if a value is out of its range. */
  public ServerOptions {
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException(
          "port is %s; accepted: 0 (any free one) to %s".formatted(port, MAX_PORT));
    }
    if (denyStatus != 200 && denyStatus != 429) {
      throw new IllegalArgumentException(
          "deny status is %s; accepted: 200, 429".formatted(denyStatus));
    }
    if (maxBodyBytes < 1 || maxBodyBytes > MAX_BODY_BYTES) {
      throw new IllegalArgumentException(
          "max body is %s bytes; accepted: 1 to %s".formatted(maxBodyBytes, MAX_BODY_BYTES));
    }
    ClientLimits.requireTimeout("idle timeout", idleTimeout);
    if (grace.isNegative()) {
      throw new IllegalArgumentException(
          "grace is %s; accepted: 0 or longer".formatted(DurationText.of(grace)));
    }
  }

  /** Port 8080 of the loopback, denials as 200, always healthy. */
  public static ServerOptions defaults() {
    return new ServerOptions(
        "127.0.0.1",
        8080,
        200,
        DEFAULT_MAX_BODY_BYTES,
        Duration.ofSeconds(60),
        DEFAULT_GRACE,
        ClientLimits.defaults(),
        null,
        () -> CompletableFuture.completedFuture(null));
  }

  public ServerOptions at(String otherHost, int otherPort) {
    return new ServerOptions(
        otherHost, otherPort, denyStatus, maxBodyBytes, idleTimeout, grace, limits, tls, health);
  }

  public ServerOptions withDenyStatus(int other) {
    return new ServerOptions(
        host, port, other, maxBodyBytes, idleTimeout, grace, limits, tls, health);
  }

  public ServerOptions withMaxBodyBytes(int other) {
    return new ServerOptions(
        host, port, denyStatus, other, idleTimeout, grace, limits, tls, health);
  }

  public ServerOptions withIdleTimeout(Duration other) {
    return new ServerOptions(
        host, port, denyStatus, maxBodyBytes, other, grace, limits, tls, health);
  }

  public ServerOptions withGrace(Duration other) {
    return new ServerOptions(
        host, port, denyStatus, maxBodyBytes, idleTimeout, other, limits, tls, health);
  }

  public ServerOptions withHealth(Supplier<? extends CompletionStage<?>> other) {
    return new ServerOptions(
        host, port, denyStatus, maxBodyBytes, idleTimeout, grace, limits, tls, other);
  }

  public ServerOptions withLimits(ClientLimits other) {
    return new ServerOptions(
        host, port, denyStatus, maxBodyBytes, idleTimeout, grace, other, tls, health);
  }

  public ServerOptions withTls(@Nullable Tls other) {
    return new ServerOptions(
        host, port, denyStatus, maxBodyBytes, idleTimeout, grace, limits, other, health);
  }
}
