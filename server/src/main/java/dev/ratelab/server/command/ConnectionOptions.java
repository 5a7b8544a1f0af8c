package dev.ratelab.server.command;

import dev.ratelab.server.http.ClientLimits;
import dev.ratelab.server.http.ConnectionLimit;
import dev.ratelab.server.http.RequestMemory;
import dev.ratelab.server.http.ServerOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that bound what clients may take. */
final class ConnectionOptions {
  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      defaultValue = "" + ServerOptions.DEFAULT_MAX_BODY_BYTES,
      description = "The longest request body, 1 to " + ServerOptions.MAX_BODY_BYTES
          + ". Default: ${DEFAULT-VALUE}")
  private int maxBody;

  @Option(
      names = "--max-request-line",
      paramLabel = "BYTES",
      defaultValue = "" + ClientLimits.DEFAULT_REQUEST_LINE_BYTES,
      description = "The longest request line, 256 to " + ClientLimits.MAX_HEAD_BYTES
          + ". Default: ${DEFAULT-VALUE}")
  private int maxRequestLine;

  @Option(
      names = "--max-header",
      paramLabel = "BYTES",
      defaultValue = "" + ClientLimits.DEFAULT_HEADER_BYTES,
      description = "The most that all header fields of a request take, 256 to "
          + ClientLimits.MAX_HEAD_BYTES + ". Default: ${DEFAULT-VALUE}")
  private int maxHeader;

  @Option(
      names = "--max-connections",
      paramLabel = "NUMBER",
      description =
          "The most connections at once. Default: what fits a sixth of the heap, over TLS fewer, and no more than 10000")
  private @Nullable Integer maxConnections;

  @Option(
      names = "--max-connections-per-address",
      paramLabel = "NUMBER",
      defaultValue = "0",
      description =
          "The most of them from one address; 0: no bound, as behind a proxy. Default: ${DEFAULT-VALUE}")
  private int maxConnectionsPerAddress;

  @Option(
      names = "--idle-timeout",
      paramLabel = "DURATION",
      defaultValue = "60s",
      description = {
        "How long a connection may rest between requests; it is closed after at most twice that.",
        "Default: ${DEFAULT-VALUE}"
      })
  private Duration idleTimeout;

  @Option(
      names = "--head-timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description =
          "How long a request's head may take from its first byte. Default: ${DEFAULT-VALUE}")
  private Duration headTimeout;

  @Option(
      names = "--body-timeout",
      paramLabel = "DURATION",
      defaultValue = "20s",
      description = "How long its body may take from then on. Default: ${DEFAULT-VALUE}")
  private Duration bodyTimeout;

  @Option(
      names = "--write-timeout",
      paramLabel = "DURATION",
      defaultValue = "20s",
      description = {
        "How long a client may leave answers unread, once the buffers are full. Default: ${DEFAULT-VALUE}"
      })
  private Duration writeTimeout;

  @Option(
      names = "--handshake-timeout",
      paramLabel = "DURATION",
      defaultValue = "10s",
      description = "How long a TLS handshake may take. Default: ${DEFAULT-VALUE}")
  private Duration handshakeTimeout;

  /** These options with what was said here. Those given already have the certificate, if any: over TLS fewer connections fit the heap. */
  ServerOptions on(ServerOptions options) {
    boolean tls = options.tls() != null;
    int connections =
        maxConnections == null ? ClientLimits.defaultConnections(tls) : maxConnections;
    requireFits(
        "max connections is %s".formatted(connections), connections, ConnectionLimit.most(tls));
    requireFits("max body is %s bytes".formatted(maxBody), maxBody, RequestMemory.largestBody());
    return options
        .withMaxBodyBytes(maxBody)
        .withIdleTimeout(idleTimeout)
        .withLimits(new ClientLimits(
            maxRequestLine,
            maxHeader,
            connections,
            maxConnectionsPerAddress,
            headTimeout,
            bodyTimeout,
            writeTimeout,
            handshakeTimeout));
  }

  private static void requireFits(String what, long value, long most) {
    if (value > most) {
      throw new IllegalArgumentException("%s; accepted: 1 to %s, as a heap of %s MiB holds them"
          .formatted(what, most, Runtime.getRuntime().maxMemory() >> 20));
    }
  }
}
