package dev.ratelab.limiter.redis;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A socket whose reads end by one instant of {@link System#nanoTime()}, and that tells without waiting whether its peer has
 * closed it, which a socket without a channel does not. An interrupt ends it.
 */
final class DeadlineSocket extends Socket {
  private final SocketChannel channel;
  private final Socket socket;
  private volatile long end;

  private DeadlineSocket(SocketChannel channel, long end) {
    this.channel = channel;
    socket = channel.socket();
    this.end = end;
  }

  /** Tries a name's addresses in the resolver's order, each with its share of the time that is left. */
  static DeadlineSocket connect(String host, int port, long end) throws IOException {
    InetAddress[] addresses = InetAddress.getAllByName(host);
    IOException last = new UnknownHostException(host);
    for (int i = 0; i < addresses.length; i++) {
      int millis = Math.max(1, millisUntil(end) / (addresses.length - i));
      DeadlineSocket socket = new DeadlineSocket(SocketChannel.open(), end);
      try {
        socket.socket.setTcpNoDelay(true);
        socket.socket.setKeepAlive(true);
        // What a closed connection had not sent yet is then never sent.
        socket.socket.setSoLinger(true, 0);
        socket.socket.connect(new InetSocketAddress(addresses[i], port), millis);
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    throw last;
  }

  /** From now on reads end by this instant. */
  void until(long other) {
    end = other;
  }

  /** Whether it is open and nothing has come that was not read: neither an end nor an answer that nobody waits for. */
  boolean quiet() {
    try {
      channel.configureBlocking(false);
      boolean quiet = channel.read(ByteBuffer.allocate(1)) == 0;
      channel.configureBlocking(true);
      return quiet;
    } catch (IOException e) {
      return false;
    }
  }

  /** Milliseconds until an instant, rounded up, for methods to which 0 means for ever. */
  private static int millisUntil(long end) throws SocketTimeoutException {
    long nanos = end - System.nanoTime();
    if (nanos <= 0) {
      throw new SocketTimeoutException("the deadline passed");
    }
    return (int) Math.min(Integer.MAX_VALUE, TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1);
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return new FilterInputStream(socket.getInputStream()) {
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

  @Override
  public OutputStream getOutputStream() throws IOException {
    return socket.getOutputStream();
  }

  @Override
  public synchronized void close() throws IOException {
    socket.close();
  }

  @Override
  public synchronized void setSoTimeout(int millis) throws SocketException {
    socket.setSoTimeout(millis);
  }

  @Override
  public synchronized int getSoTimeout() throws SocketException {
    return socket.getSoTimeout();
  }

  @Override
  public InetAddress getInetAddress() {
    return socket.getInetAddress();
  }

  @Override
  public int getPort() {
    return socket.getPort();
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return socket.getRemoteSocketAddress();
  }

  @Override
  public boolean isBound() {
    return socket.isBound();
  }

  @Override
  public boolean isConnected() {
    return socket.isConnected();
  }

  @Override
  public boolean isClosed() {
    return socket.isClosed();
  }
}
