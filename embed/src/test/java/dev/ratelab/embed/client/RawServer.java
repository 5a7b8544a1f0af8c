package dev.ratelab.embed.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that reads requests, counts them, and says what a test wants. */
final class RawServer implements AutoCloseable {
  private final ServerSocket listener;
  private final String says;
  private final boolean closes;
  private final AtomicInteger requests = new AtomicInteger();
  private final List<String> fields = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  private RawServer(String says, boolean closes) throws IOException {
    this.says = says;
    this.closes = closes;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::serve, "raw-server");
    thread.setDaemon(true);
    thread.start();
  }

  static RawServer sayingAndClosing(String says) throws IOException {
    return new RawServer(says, true);
  }

  static RawServer sayingAndWaiting(String says) throws IOException {
    return new RawServer(says, false);
  }

  int port() {
    return listener.getLocalPort();
  }

  List<String> fields() {
    return fields;
  }

  int requests() {
    return requests.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private void serve() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        read(socket);
        requests.incrementAndGet();
        socket.getOutputStream().write(says.getBytes(StandardCharsets.UTF_8));
        if (closes) {
          socket.close();
        }
      } catch (IOException e) {
        // The client hung up, or the test is over.
      }
    }
  }

  private void read(Socket socket) throws IOException {
    BufferedReader in = new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    int length = 0;
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      fields.add(line);
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(line.indexOf(':') + 1).trim());
      }
    }
    for (int i = 0; i < length; i++) {
      if (in.read() < 0) {
        throw new IOException("the request ended early");
      }
    }
  }
}
