package dev.ratelab.limiter.redis;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Objects;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * A connection on which everything ends by one instant of {@link System#nanoTime()}: connecting, logging in, and the wait for a
 * reply. Jedis's own timeouts count from each of these steps, and from each piece of a reply, anew.
 */
final class DeadlineConnection extends Connection {
  private final Sockets sockets;
  private final long opened = System.nanoTime();
  private volatile long lastUsed;

  private DeadlineConnection(Sockets sockets, JedisClientConfig config) {
    super(sockets, config);
    this.sockets = sockets;
  }

  /** Connects and logs in, over TLS unless there is nothing to make such sockets with. */
  static DeadlineConnection open(
      HostAndPort node, @Nullable SSLSocketFactory tls, JedisClientConfig config, long end) {
    return new DeadlineConnection(new Sockets(node, tls, end), config);
  }

  /** From now on everything ends by this instant. */
  void until(long end) {
    sockets.socket().until(end);
  }

  /** Whether it can be used: a server closes those that rest for long, and all when it ends. */
  boolean quiet() {
    return sockets.socket().quiet();
  }

  /** Notes that the connection is idle from now on. */
  void rest() {
    lastUsed = System.nanoTime();
  }

  boolean openFor(long nanos) {
    return System.nanoTime() - opened >= nanos;
  }

  boolean restedFor(long nanos) {
    return System.nanoTime() - lastUsed >= nanos;
  }

  /** Opens the one socket of a connection. */
  private static final class Sockets implements JedisSocketFactory {
    private final HostAndPort node;
    private final @Nullable SSLSocketFactory tls;
    private final long end;
    private @Nullable DeadlineSocket opened;

    Sockets(HostAndPort node, @Nullable SSLSocketFactory tls, long end) {
      this.node = node;
      this.tls = tls;
      this.end = end;
    }

    DeadlineSocket socket() {
      return Objects.requireNonNull(opened, "a connection has its socket from the beginning");
    }

    @Override
    public Socket createSocket() {
      // Jedis would connect once more when a closed connection is used, and neither log in nor
      // select the database.
      if (opened != null) {
        throw new JedisConnectionException("the connection to %s is closed".formatted(node));
      }
      try {
        DeadlineSocket socket = DeadlineSocket.connect(node.getHost(), node.getPort(), end);
        opened = socket;
        return tls == null ? socket : secure(socket, tls);
      } catch (IOException e) {
        throw new JedisConnectionException(
            "cannot connect to %s: %s".formatted(node, e.getMessage()), e);
      }
    }

    private Socket secure(Socket socket, SSLSocketFactory factory) throws IOException {
      try {
        SSLSocket secure =
            (SSLSocket) factory.createSocket(socket, node.getHost(), node.getPort(), true);
        SSLParameters parameters = secure.getSSLParameters();
        // Otherwise any certificate that is valid for some name would do.
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        handshake(secure);
        return secure;
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }

    private static void handshake(SSLSocket socket) throws IOException {
      try {
        socket.startHandshake();
      } catch (SocketTimeoutException e) {
        SSLException late = new SSLHandshakeException("the handshake timed out");
        late.initCause(e);
        throw late;
      }
    }
  }
}
