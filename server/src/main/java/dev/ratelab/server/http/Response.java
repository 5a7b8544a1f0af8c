package dev.ratelab.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** An answer, but for what its connection adds: the date, and whether that stays. */
public class Response {
  public static final String JSON = "application/json";
  static final String PROBLEM = "application/problem+json";

  private static final int FIELD_BYTES = 192;
  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] LENGTH = ascii("content-length: ");
  private static final byte[] CLOSE = ascii("connection: close\r\n");
  private static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
  private static final byte[] OK = statusLine(HttpResponseStatus.OK);
  private static final JsonFactory WRITER = new JsonFactory();

  private final HttpResponseStatus status;
  private final AsciiText fields;
  private final @Nullable AsciiText body;

  public Response(HttpResponseStatus status) {
    this.status = status;
    fields = new AsciiText(FIELD_BYTES);
    body = null;
  }

  public Response(HttpResponseStatus status, String type, AsciiText body) {
    this.status = status;
    this.body = body;
    fields = new AsciiText(FIELD_BYTES);
    with(HttpHeaderNames.CONTENT_TYPE, type);
  }

  Response(Response other) {
    status = other.status;
    fields = other.fields;
    body = other.body;
  }

  /** A problem of RFC 9457. Its type is the default one, so its title is the status's own phrase. */
  public static Response problem(int status, String detail) {
    return problem(status, detail, json -> {});
  }

  /** The same with more fields. */
  public static Response problem(int code, String detail, Consumer<JsonGenerator> more) {
    HttpResponseStatus status = Rejection.status(code);
    return json(status, PROBLEM, json -> {
      json.writeStringProperty("type", "about:blank");
      json.writeStringProperty("title", status.reasonPhrase());
      json.writeNumberProperty("status", status.code());
      json.writeStringProperty("detail", detail);
      more.accept(json);
    });
  }

  /** An answer with a JSON object of these fields. */
  public static Response json(HttpResponseStatus status, Consumer<JsonGenerator> fields) {
    return json(status, JSON, fields);
  }

  private static Response json(
      HttpResponseStatus status, String type, Consumer<JsonGenerator> fields) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(128);
    try (JsonGenerator json = WRITER.createGenerator(ObjectWriteContext.empty(), body)) {
      json.writeStartObject();
      fields.accept(json);
      json.writeEndObject();
    }
    return new Response(status, type, AsciiText.of(body.toByteArray()));
  }

  /** Adds a field. Neither its name nor its value may hold what a client has sent. */
  public final Response with(CharSequence name, CharSequence value) {
    fields.add(name).add(": ").add(value).add("\r\n");
    return this;
  }

  public final HttpResponseStatus status() {
    return status;
  }

  public final @Nullable String field(String name) {
    return fields
        .toString()
        .lines()
        .filter(line -> line.regionMatches(true, 0, name + ": ", 0, name.length() + 2))
        .map(line -> line.substring(name.length() + 2))
        .findFirst()
        .orElse(null);
  }

  public final String text() {
    return body == null ? "" : body.toString();
  }

  /**
   * Writes it as HTTP/1.1.
   *
   * @param bodyWanted false where the request was HEAD
   * @param keepAlive whether the connection stays
   * @param told whether that must be told where it does: HTTP/1.0 closes unless told otherwise, HTTP/1.1 does not
   */
  final void write(ByteBuf out, boolean bodyWanted, boolean keepAlive, boolean told) {
    out.writeBytes(status.equals(HttpResponseStatus.OK) ? OK : statusLine(status));
    out.writeBytes(HttpDate.field());
    out.writeBytes(fields.bytes(), 0, fields.length());
    if (!keepAlive) {
      out.writeBytes(CLOSE);
    } else if (told) {
      out.writeBytes(KEEP_ALIVE);
    }
    if (body != null) {
      AsciiText length = new AsciiText(16).add(body.length());
      out.writeBytes(LENGTH).writeBytes(length.bytes(), 0, length.length()).writeBytes(LINE_END);
    }
    out.writeBytes(LINE_END);
    if (body != null && bodyWanted) {
      out.writeBytes(body.bytes(), 0, body.length());
    }
  }

  private static byte[] statusLine(HttpResponseStatus status) {
    return ascii("HTTP/1.1 " + status + "\r\n");
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
