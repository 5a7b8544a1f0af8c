package dev.ratelab.server;

import dev.ratelab.limiter.Limit;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * The body of {@code POST /check}: {@code {"key": "user123", "cost": 1}}, the cost being optional. Read strictly: a name
 * that is unknown or there twice is refused, since a {@code "costs"} that is silently ignored would charge the wrong cost.
 *
 * @param key who is limited; any string, the empty one included
 * @param cost the request's weight, 1 unless given
 */
record CheckRequest(String key, long cost) {
  private static final String ACCEPTED = "accepted: {\"key\": string, \"cost\": whole number}";

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * Reads a body.
   *
   * @param limit bounds the cost
   * @throws Rejection 400 if the body is not such an object, 422 if it is one whose cost the limit can never admit
   */
  static CheckRequest parse(byte[] body, Limit limit) {
    if (body.length == 0) {
      throw bad("the body is empty; " + ACCEPTED);
    }
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), utf8(body))) {
      return object(json, limit);
    } catch (JacksonException e) {
      throw bad("the body is not valid JSON: " + where(e)
          + Rejection.shortened(firstLine(e.getOriginalMessage())));
    }
  }

  private static CheckRequest object(JsonParser json, Limit limit) {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw bad("the body is not a JSON object; " + ACCEPTED);
    }
    String key = null;
    BigInteger cost = BigInteger.ONE;
    for (String name = json.nextName(); name != null; name = json.nextName()) {
      JsonToken value = json.nextToken();
      switch (name) {
        case "key" -> key = key(json, value);
        case "cost" -> cost = cost(json, value);
        default ->
          throw bad("unknown field '%s'; %s".formatted(Rejection.shortened(name), ACCEPTED));
      }
    }
    if (json.nextToken() != null) {
      throw bad("the body goes on after its JSON object; " + ACCEPTED);
    }
    if (key == null) {
      throw bad("the key is missing; " + ACCEPTED);
    }
    return new CheckRequest(key, within(limit, cost));
  }

  private static String key(JsonParser json, @Nullable JsonToken value) {
    if (value != JsonToken.VALUE_STRING) {
      throw bad("the key is not a string; " + ACCEPTED);
    }
    return json.getString();
  }

  private static BigInteger cost(JsonParser json, @Nullable JsonToken value) {
    if (value != JsonToken.VALUE_NUMBER_INT) {
      throw bad("the cost is not a whole number; " + ACCEPTED);
    }
    return json.getBigIntegerValue();
  }

  private static long within(Limit limit, BigInteger cost) {
    if (cost.signum() < 1 || cost.compareTo(BigInteger.valueOf(limit.maxCost())) > 0) {
      throw new Rejection(
          Rejection.UNPROCESSABLE_CONTENT,
          "the cost is %s; accepted: 1 to %d"
              .formatted(Rejection.shortened(cost.toString()), limit.maxCost()));
    }
    return cost.longValueExact();
  }

  /** JSON is UTF-8 (RFC 8259, section 8.1); Jackson would guess at others and let through some that is malformed. */
  private static String utf8(byte[] body) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
      return text.toString();
    } catch (CharacterCodingException e) {
      throw bad("the body is not valid UTF-8");
    }
  }

  private static String where(JacksonException e) {
    TokenStreamLocation location = e.getLocation();
    return location == null
        ? ""
        : "line %d, column %d: ".formatted(location.getLineNr(), location.getColumnNr());
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "" : text.lines().findFirst().orElse("");
  }

  private static Rejection bad(String detail) {
    return new Rejection(HttpResponseStatus.BAD_REQUEST, detail);
  }
}
