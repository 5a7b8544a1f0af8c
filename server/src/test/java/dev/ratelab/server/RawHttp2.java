package dev.ratelab.server;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** One connection of HTTP/2 on which a test sends any frames, right or wrong, and reads those of the server one by one. */
final class RawHttp2 implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;

  static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

  private final Socket socket = new Socket();
  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder fields = new DefaultHttp2HeadersDecoder();

  /** Connects, and has said the preface, byte by byte. */
  RawHttp2(int port, int... settings) throws IOException {
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    ByteBuffer values = ByteBuffer.allocate(settings.length / 2 * 6);
    for (int i = 0; i < settings.length; i += 2) {
      values.putShort((short) settings[i]).putInt(settings[i + 1]);
    }
    for (byte each : PREFACE) {
      send(new byte[] {each});
    }
    send(SETTINGS, 0, 0, values.array());
  }

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .putShort((short) (payload.length >> 8))
        .put((byte) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Fields as they are sent, none of them put into the table. */
  static byte[] block(String... namesAndValues) {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      block.write(0);
      text(block, namesAndValues[i]);
      text(block, namesAndValues[i + 1]);
    }
    return block.toByteArray();
  }

  private static void text(ByteArrayOutputStream block, String text) {
    int length = text.length();
    if (length < 127) {
      block.write(length);
    } else {
      block.write(127);
      for (length -= 127; length >= 128; length /= 128) {
        block.write(length % 128 + 128);
      }
      block.write(length);
    }
    block.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  static byte[] head(String method, String path, String... more) {
    byte[] first = block(":method", method, ":scheme", "http", ":authority", "test", ":path", path);
    byte[] rest = block(more);
    return ByteBuffer.allocate(first.length + rest.length).put(first).put(rest).array();
  }

  RawHttp2 send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
    return this;
  }

  RawHttp2 send(int type, int flags, int stream, byte[] payload) throws IOException {
    return send(frame(type, flags, stream, payload));
  }

  /** A whole check. */
  RawHttp2 check(int stream, String key) throws IOException {
    return send(check0(stream, key));
  }

  static byte[] check0(int stream, String key) {
    byte[] head = frame(HEADERS, END_HEADERS, stream, head("POST", "/check"));
    byte[] body = frame(
        DATA, END_STREAM, stream, ("{\"key\":\"" + key + "\"}").getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.allocate(head.length + body.length).put(head).put(body).array();
  }

  RawHttp2 get(int stream, String path) throws IOException {
    return send(HEADERS, END_HEADERS | END_STREAM, stream, head("GET", path));
  }

  /** The next frame, but for those that keep the connection going. */
  Frame read() throws IOException {
    while (true) {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      byte[] payload = in.readNBytes(length);
      if (payload.length < length) {
        throw new EOFException("cut within a frame");
      }
      if (type == SETTINGS && (flags & ACK) == 0) {
        send(SETTINGS, ACK, 0, new byte[0]);
      } else if (type != SETTINGS && type != WINDOW_UPDATE && type != PING) {
        return new Frame(type, flags, stream, payload);
      }
    }
  }

  /** The answer of a stream, where nothing else comes first. */
  Answer answer(int stream) throws IOException {
    Frame head = read();
    if (head.type() != HEADERS || head.stream() != stream) {
      throw new IOException("not the head of an answer on %d: %s".formatted(stream, head));
    }
    StringBuilder body = new StringBuilder();
    for (Frame next = head; (next.flags() & END_STREAM) == 0; ) {
      next = read();
      if (next.type() != DATA || next.stream() != stream) {
        throw new IOException("not the body of an answer on %d: %s".formatted(stream, next));
      }
      body.append(new String(next.payload(), StandardCharsets.UTF_8));
    }
    return new Answer(fields(head), body.toString());
  }

  Map<String, String> fields(Frame head) throws IOException {
    try {
      Http2Headers decoded =
          fields.decodeHeaders(head.stream(), Unpooled.wrappedBuffer(head.payload()));
      Map<String, String> map = new TreeMap<>();
      decoded.forEach(each -> map.put(each.getKey().toString(), each.getValue().toString()));
      return map;
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
  }

  /** Reads until the server says that it ends the connection, or has ended it without a word. */
  int goAwayCode() throws IOException {
    try {
      for (Frame next = read(); ; next = read()) {
        if (next.type() == GOAWAY) {
          return ByteBuffer.wrap(next.payload()).getInt(4);
        }
      }
    } catch (EOFException | SocketException e) {
      return -1;
    }
  }

  /** Whether the server has closed, what it sent before being read. */
  boolean ended() throws IOException {
    try {
      while (true) {
        read();
      }
    } catch (EOFException | SocketException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** A frame. */
  @SuppressWarnings("ArrayRecordComponent") // Frames are not compared.
  record Frame(int type, int flags, int stream, byte[] payload) {
    /** The last stream of GOAWAY, or the code of RST_STREAM. */
    int first() {
      return ByteBuffer.wrap(payload).getInt(0);
    }
  }

  /** An answer. */
  record Answer(Map<String, String> fields, String body) {
    String status() {
      return String.valueOf(fields.get(":status"));
    }
  }
}
