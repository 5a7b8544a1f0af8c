package dev.ratelab.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One connection on which a test sends any bytes and reads answers one by one. */
public final class RawClient implements AutoCloseable {
  private final Socket socket = new Socket();
  private final InputStream in;

  public RawClient(int port) throws IOException {
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  public static String check(String key) {
    return post("{\"key\":\"" + key + "\"}", "");
  }

  /** A POST /check with more header lines, each ended by CRLF. */
  public static String post(String body, String headers) {
    return request("POST", "/check", headers, body);
  }

  public static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: test\r\n\r\n";
  }

  /** A request with a body, and with more header lines, each ended by CRLF. */
  public static String request(String method, String path, String headers, String body) {
    return "%s %s HTTP/1.1\r\nHost: test\r\n%sContent-Length: %s\r\n\r\n%s"
        .formatted(method, path, headers, body.getBytes(StandardCharsets.UTF_8).length, body);
  }

  public static Response ask(int port, String request) throws IOException {
    try (RawClient client = new RawClient(port)) {
      return client.send(request).read();
    }
  }

  public RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  public RawClient send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  public RawClient send(byte one) throws IOException {
    return send(new byte[] {one});
  }

  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  public Response read() throws IOException {
    return read(true);
  }

  public Response readHead() throws IOException {
    return read(false);
  }

  public boolean answered() throws IOException {
    return in.available() > 0;
  }

  /** Whether the server has closed its side, all answers being read. */
  public boolean ended() throws IOException {
    return in.read() == -1;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private Response read(boolean withBody) throws IOException {
    String[] start = line().split(" ", 3);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] field = line.split(": ", 2);
      headers.put(field[0].toLowerCase(Locale.ROOT), field[1]);
    }
    int length = withBody ? Integer.parseInt(headers.getOrDefault("content-length", "0")) : 0;
    return new Response(
        Integer.parseInt(start[1]),
        headers,
        new String(in.readNBytes(length), StandardCharsets.UTF_8));
  }

  /** The next line, of a body that is read line by line. */
  public String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next == -1) {
        throw new EOFException("the server closed after '" + line + "'");
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** An answer; the names of its header fields in lower case. */
  public record Response(int status, Map<String, String> headers, String body) {
    public boolean closes() {
      return "close".equals(headers.get("connection"));
    }
  }
}
