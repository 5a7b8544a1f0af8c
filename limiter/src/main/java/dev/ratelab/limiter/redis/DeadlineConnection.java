package dev.ratelab.limiter.redis;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
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
    sockets.end = end;
  }

  /** Notes that the connection is idle from now on. */
  void rest() {
    lastUsed = System.nanoTime();
  }

  boolean restedFor(long nanos) {
    return System.nanoTime() - lastUsed >= nanos;
  }

  /** Milliseconds until an instant, rounded up, for methods to which 0 means for ever. */
  static int millisUntil(long end) throws SocketTimeoutException {
    long nanos = end - System.nanoTime();
    if (nanos <= 0) {
      throw new SocketTimeoutException("the deadline passed");
    }
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1);
  }

  /** Opens the one socket of a connection. */
  private static final class Sockets implements JedisSocketFactory {
    private final HostAndPort node;
    private final @Nullable SSLSocketFactory tls;
    private volatile long end;
    private boolean opened;

    Sockets(HostAndPort node, @Nullable SSLSocketFactory tls, long end) {
      this.node = node;
      this.tls = tls;
      this.end = end;
    }

    @Override
    public Socket createSocket() {
      // Jedis would connect once more when a closed connection is used, and neither log in nor
      // select the database.
      if (opened) {
        throw new JedisConnectionException("the connection to %s is closed".formatted(node));
      }
      opened = true;
      try {
        Socket socket = connect();
        return tls == null ? socket : secure(socket, tls);
      } catch (IOException e) {
        throw new JedisConnectionException(
            "cannot connect to %s: %s".formatted(node, e.getMessage()), e);
      }
    }

    /** Tries the addresses in the resolver's order, each with its share of the time that is left. */
    private Socket connect() throws IOException {
      InetAddress[] addresses = InetAddress.getAllByName(node.getHost());
      IOException last = new IOException("no address");
      for (int i = 0; i < addresses.length; i++) {
        int millis = Math.max(1, millisUntil(end) / (addresses.length - i));
        Socket socket = new DeadlineSocket();
        try {
          socket.setTcpNoDelay(true);
          socket.setKeepAlive(true);
          // What a closed connection had not sent yet is then never sent.
          socket.setSoLinger(true, 0);
          socket.connect(new InetSocketAddress(addresses[i], node.getPort()), millis);
          return socket;
        } catch (IOException e) {
          socket.close();
          last = e;
        }
      }
      throw last;
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

    private final class DeadlineSocket extends Socket {
      @Override
      public InputStream getInputStream() throws IOException {
        return new FilterInputStream(super.getInputStream()) {
          @Override
          public int read() throws IOException {
            setSoTimeout(millisUntil(end));
            return in.read();
          }

          @Override
          public int read(byte[] bytes, int offset, int length) throws IOException {
            setSoTimeout(millisUntil(end));
            return in.read(bytes, offset, length);
          }
        };
      }
    }
  }
}
