package dev.ratelab.server.http;

import dev.ratelab.limiter.DurationText;
import java.time.Duration;

/**
 * What one client, or all of them together, may take of a server. Bodies and idleness have bounds of their own in
 * {@link ServerOptions}.
 *
 * @param requestLineBytes the longest request line, 256 to {@value #MAX_HEAD_BYTES} bytes
 * @param headerBytes the most that all header fields of a request take, 256 to {@value #MAX_HEAD_BYTES} bytes
 * @param connections the most connections at once, 1 or more
 * @param connectionsPerAddress the most of them from one address, 1 or more, or 0 for no bound
 * @param headTimeout how long a request's head may take from its first byte, over 0, at most a day
 * @param bodyTimeout how long its body may take from the end of its head, over 0, at most a day
 * @param writeTimeout how long a client may leave answers unread, once the buffers are full, over 0, at most a day
 * @param handshakeTimeout how long a TLS handshake may take, over 0, at most a day
 */
public record ClientLimits(
    int requestLineBytes,
    int headerBytes,
    int connections,
    int connectionsPerAddress,
    Duration headTimeout,
    Duration bodyTimeout,
    Duration writeTimeout,
    Duration handshakeTimeout) {
  public static final int MAX_HEAD_BYTES = 1 << 16;

  public static final int DEFAULT_REQUEST_LINE_BYTES = 4096;

  public static final int DEFAULT_HEADER_BYTES = 8192;

  private static final int MOST_DEFAULT_CONNECTIONS = 10_000;
  private static final int MIN_HEAD_BYTES = 256;
  private static final Duration MAX_TIMEOUT = Duration.ofDays(1);

  /** Throws {@link IllegalArgumentException} if a value is out of its range. */
  public ClientLimits {
    requireRange("max request line", requestLineBytes, MIN_HEAD_BYTES, MAX_HEAD_BYTES);
    requireRange("max header", headerBytes, MIN_HEAD_BYTES, MAX_HEAD_BYTES);
    requireRange("max connections", connections, 1, Integer.MAX_VALUE);
    requireRange("max connections per address", connectionsPerAddress, 0, Integer.MAX_VALUE);
    requireTimeout("head timeout", headTimeout);
    requireTimeout("body timeout", bodyTimeout);
    requireTimeout("write timeout", writeTimeout);
    requireTimeout("handshake timeout", handshakeTimeout);
  }

  /** The bound on connections unless another is set: what fits a sixth of the heap, and no more than 10,000. */
  public static int defaultConnections(boolean tls) {
    return Math.min(MOST_DEFAULT_CONNECTIONS, ConnectionLimit.most(tls));
  }

  /** What docs/server.md tells. */
  public static ClientLimits defaults() {
    return new ClientLimits(
        DEFAULT_REQUEST_LINE_BYTES,
        DEFAULT_HEADER_BYTES,
        defaultConnections(false),
        0,
        Duration.ofSeconds(10),
        Duration.ofSeconds(20),
        Duration.ofSeconds(20),
        Duration.ofSeconds(10));
  }

  private static void requireRange(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: %s to %s".formatted(what, value, least, most));
    }
  }

  static void requireTimeout(String what, Duration value) {
    if (value.isZero() || value.isNegative() || value.compareTo(MAX_TIMEOUT) > 0) {
      throw new IllegalArgumentException(
          "%s is %s; accepted: over 0, at most a day".formatted(what, DurationText.of(value)));
    }
  }
}
