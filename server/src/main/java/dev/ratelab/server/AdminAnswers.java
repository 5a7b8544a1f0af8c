package dev.ratelab.server;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What the admin API answers. */
final class AdminAnswers {
  private static final int TAG_BYTES = 16;

  private AdminAnswers() {}

  /** A part of the document with its entity tag. */
  static FullHttpResponse part(HttpResponseStatus status, JsonNode part) {
    FullHttpResponse response = body(status, "application/json", part.toPrettyString() + "\n");
    response.headers().set(HttpHeaderNames.ETAG, tag(part));
    return response;
  }

  /** 204: it is gone. */
  static FullHttpResponse deleted() {
    FullHttpResponse response = new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER);
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    return response;
  }

  /** 422: what is wrong, each with its JSON pointer in the document that the change would make. */
  static FullHttpResponse faulty(List<Fault> faults) {
    HttpResponseStatus status = Rejection.UNPROCESSABLE_CONTENT;
    ObjectNode problem = JsonMapper.shared()
        .createObjectNode()
        .put("type", "about:blank")
        .put("title", status.reasonPhrase())
        .put("status", status.code())
        .put("detail", "the policies would be wrong, so nothing was changed");
    ArrayNode errors = problem.putArray("errors");
    for (Fault fault : faults) {
      errors.addObject().put("pointer", fault.pointer()).put("detail", fault.what());
    }
    return body(status, "application/problem+json", problem.toString());
  }

  /** 401: who asks has not shown the token, or another one. */
  static FullHttpResponse unauthorized(boolean another) {
    FullHttpResponse response = Answers.problem(
        HttpResponseStatus.UNAUTHORIZED,
        another
            ? "that is not the admin token"
            : "the admin token is missing; accepted: Authorization: Bearer TOKEN");
    response
        .headers()
        .set(
            HttpHeaderNames.WWW_AUTHENTICATE,
            "Bearer realm=\"ratelab\"" + (another ? ", error=\"invalid_token\"" : ""));
    return response;
  }

  /** A strong entity tag: 128 bits of SHA-256 over the text. */
  static String tag(JsonNode part) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256")
          .digest(part.toString().getBytes(StandardCharsets.UTF_8));
      return '"'
          + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, TAG_BYTES))
          + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static FullHttpResponse body(HttpResponseStatus status, String type, String text) {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, type)
        .set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    return response;
  }
}
