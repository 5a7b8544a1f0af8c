package dev.ratelab.server.policies;

import dev.ratelab.server.http.Responses;
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

/** What the admin API answers. */
final class AdminResponses {
  private static final int TAG_BYTES = 16;

  private AdminResponses() {}

  /** A part of the document with its entity tag. */
  static FullHttpResponse part(HttpResponseStatus status, JsonNode part) {
    FullHttpResponse response = uncached(Responses.body(
        status, Responses.JSON, (part.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8)));
    response.headers().set(HttpHeaderNames.ETAG, tag(part));
    return response;
  }

  /** 204: it is gone. */
  static FullHttpResponse deleted() {
    return uncached(new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT, Unpooled.EMPTY_BUFFER));
  }

  /** 422: what is wrong, each with its JSON pointer in the document that the change would make. */
  static FullHttpResponse faulty(List<ConfigurationFault> faults) {
    return uncached(Responses.problem(
        422, "the policies would be wrong, so nothing was changed", json -> {
          json.writeArrayPropertyStart("errors");
          for (ConfigurationFault fault : faults) {
            json.writeStartObject();
            json.writeStringProperty("pointer", fault.pointer());
            json.writeStringProperty("detail", fault.what());
            json.writeEndObject();
          }
          json.writeEndArray();
        }));
  }

  private static FullHttpResponse uncached(FullHttpResponse response) {
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
    return response;
  }

  /** 401: who asks has not shown the token, or another one. */
  static FullHttpResponse unauthorized(boolean another) {
    FullHttpResponse response = Responses.problem(
        401,
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
}
