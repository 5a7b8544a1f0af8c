package dev.ratelab.server.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Makes responses with a body. */
public final class Responses {
  public static final AsciiString JSON = AsciiString.cached("application/json");
  static final AsciiString PROBLEM = AsciiString.cached("application/problem+json");

  private static final JsonFactory WRITER =
      JsonFactory.builder().enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

  private Responses() {}

  /** A problem of RFC 9457. Its type is the default one, so its title is the status's own phrase. */
  public static FullHttpResponse problem(int status, String detail) {
    return problem(status, detail, json -> {});
  }

  /** The same with more fields. */
  public static FullHttpResponse problem(int code, String detail, Consumer<JsonGenerator> more) {
    HttpResponseStatus status = Rejection.status(code);
    return json(status, PROBLEM, json -> {
      json.writeStartObject();
      json.writeStringProperty("type", "about:blank");
      json.writeStringProperty("title", status.reasonPhrase());
      json.writeNumberProperty("status", status.code());
      json.writeStringProperty("detail", detail);
      more.accept(json);
      json.writeEndObject();
    });
  }

  public static FullHttpResponse json(HttpResponseStatus status, Consumer<JsonGenerator> content) {
    return json(status, JSON, content);
  }

  private static FullHttpResponse json(
      HttpResponseStatus status, AsciiString type, Consumer<JsonGenerator> content) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(128);
    try (JsonGenerator json = WRITER.createGenerator(ObjectWriteContext.empty(), body)) {
      content.accept(json);
    }
    return body(status, type, body.toByteArray());
  }

  public static FullHttpResponse body(HttpResponseStatus status, AsciiString type, byte[] body) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    return response;
  }
}
