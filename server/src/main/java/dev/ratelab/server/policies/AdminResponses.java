package dev.ratelab.server.policies;

import dev.ratelab.server.http.AsciiText;
import dev.ratelab.server.http.Response;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What the admin API answers. */
final class AdminResponses {
  private static final int TAG_BYTES = 16;

  private AdminResponses() {}

  static Response part(HttpResponseStatus status, JsonNode part) {
    byte[] text = (part.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    return uncached(new Response(status, Response.JSON, AsciiText.of(text)))
        .with(HttpHeaderNames.ETAG, tag(part));
  }

  static Response deleted() {
    return uncached(new Response(HttpResponseStatus.NO_CONTENT));
  }

  /** 422: what is wrong, each with its JSON pointer in the document that the change would make. */
  static Response faulty(List<ConfigurationFault> faults) {
    return uncached(Response.problem(
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

  private static Response uncached(Response response) {
    return response.with(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
  }

  /** 401: who asks has not shown the token, or another one. */
  static Response unauthorized(boolean another) {
    return Response.problem(
            401,
            another
                ? "that is not the admin token"
                : "the admin token is missing; accepted: Authorization: Bearer TOKEN")
        .with(
            HttpHeaderNames.WWW_AUTHENTICATE,
            "Bearer realm=\"ratelab\"" + (another ? ", error=\"invalid_token\"" : ""));
  }

  /** A strong entity tag: 128 bits of SHA-256 over the text. */
  static String tag(JsonNode part) {
    byte[] hash = Arrays.copyOf(AdminToken.sha256(part.toString()), TAG_BYTES);
    return '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(hash) + '"';
  }
}
