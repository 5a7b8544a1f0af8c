package dev.ratelab.server.check;

import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.http.Rejection;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * The body of {@code POST /check}: {@code {"key": "user123"}}, and if wanted {@code cost}, {@code tenant} and {@code policy}, one
 * name or a list. The body of {@code POST /check/batch} is a list of such objects. Read strictly: a name that is unknown or
 * there twice is refused, since a {@code "costs"} that is silently ignored would charge the wrong cost.
 */
public final class CheckRequest {
  static final int MAX_BATCH = 1_000;

  private static final String ACCEPTED =
      "accepted: {\"key\": string, \"cost\": whole number, \"tenant\": string, \"policy\": string or list of strings}";

  private static final String ACCEPTED_BATCH =
      "accepted: a list of 1 to %s checks, each {\"key\": string, ...}".formatted(MAX_BATCH);

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private CheckRequest() {}

  /** Reads one check. Rejects with 400 what is no such object, with 422 what is not served, or a cost that can never be admitted. */
  public static Request parse(byte[] body, ActivePolicies served) {
    PlainCheck plain = PlainCheck.read(body);
    if (plain == null || plain.key == null) {
      return parseAnyJson(body, served);
    }
    return request(
        served,
        plain.tenant,
        plain.key,
        plain.policy == null ? List.of() : List.of(Rejection.shortened(plain.policy)),
        BigInteger.valueOf(Math.max(1, plain.cost)));
  }

  /** The same with a parser that knows all of JSON, and what is wrong with it. */
  static Request parseAnyJson(byte[] body, ActivePolicies served) {
    return parsed(body, ACCEPTED, json -> {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw bad("the body is not a JSON object; " + ACCEPTED);
      }
      return object(json, served);
    });
  }

  /** Reads a batch. Rejects as {@link #parse} does, for the first check that is wrong; the message tells its index. */
  public static List<Request> parseBatch(byte[] body, ActivePolicies served) {
    return parsed(body, ACCEPTED_BATCH, json -> {
      if (json.nextToken() != JsonToken.START_ARRAY) {
        throw bad("the body is not a JSON list; " + ACCEPTED_BATCH);
      }
      List<Request> requests = new ArrayList<>();
      for (JsonToken next = json.nextToken();
          next != JsonToken.END_ARRAY;
          next = json.nextToken()) {
        if (requests.size() == MAX_BATCH) {
          throw new Rejection(413, "the batch is too long; " + ACCEPTED_BATCH);
        }
        requests.add(element(json, next, requests.size(), served));
      }
      if (requests.isEmpty()) {
        throw bad("the batch is empty; " + ACCEPTED_BATCH);
      }
      return requests;
    });
  }

  private static Request element(
      JsonParser json, @Nullable JsonToken start, int index, ActivePolicies served) {
    try {
      if (start != JsonToken.START_OBJECT) {
        throw bad("it is not a JSON object; " + ACCEPTED);
      }
      return object(json, served);
    } catch (Rejection e) {
      throw new Rejection(e.status().code(), "check [%s]: %s".formatted(index, e.detail()));
    }
  }

  private static <T> T parsed(byte[] body, String accepted, Function<JsonParser, T> reader) {
    if (body.length == 0) {
      throw bad("the body is empty; " + accepted);
    }
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), utf8(body))) {
      T read = reader.apply(json);
      if (json.nextToken() != null) {
        throw bad("the body goes on after its JSON; " + accepted);
      }
      return read;
    } catch (JacksonException e) {
      throw bad("the body is not valid JSON: " + JsonErrorText.placed(e));
    }
  }

  private static Request object(JsonParser json, ActivePolicies served) {
    String key = null;
    String tenant = null;
    List<String> policies = List.of();
    BigInteger cost = BigInteger.ONE;
    for (String name = json.nextName(); name != null; name = json.nextName()) {
      JsonToken value = json.nextToken();
      switch (name) {
        case "key" -> key = string(json, value, name);
        case "tenant" -> tenant = string(json, value, name);
        case "policy" -> policies = policies(json, value);
        case "cost" -> cost = cost(json, value);
        default ->
          throw bad("unknown field '%s'; %s".formatted(Rejection.shortened(name), ACCEPTED));
      }
    }
    if (key == null) {
      throw bad("the key is missing; " + ACCEPTED);
    }
    return request(served, tenant, key, policies, cost);
  }

  private static Request request(
      ActivePolicies served,
      @Nullable String tenant,
      String key,
      List<String> names,
      BigInteger cost) {
    try {
      List<ScopedPolicy> policies = served.policies().resolve(tenant, names);
      return new Request(tenant, key, within(Request.maxCost(policies), cost), policies);
    } catch (IllegalArgumentException e) {
      throw unprocessable(String.valueOf(e.getMessage()));
    }
  }

  private static String string(JsonParser json, @Nullable JsonToken value, String name) {
    if (value != JsonToken.VALUE_STRING) {
      throw bad("the %s is not a string; %s".formatted(name, ACCEPTED));
    }
    return json.getString();
  }

  private static List<String> policies(JsonParser json, @Nullable JsonToken value) {
    if (value == JsonToken.VALUE_STRING) {
      return List.of(name(json));
    }
    if (value != JsonToken.START_ARRAY) {
      throw bad("the policy is neither a string nor a list; " + ACCEPTED);
    }
    List<String> names = new ArrayList<>();
    for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
      if (next != JsonToken.VALUE_STRING) {
        throw bad("a policy of the list is not a string; " + ACCEPTED);
      }
      if (names.size() == Request.MAX_POLICIES) {
        throw unprocessable(
            "the request names more policies than can decide together; accepted: 1 to %s"
                .formatted(Request.MAX_POLICIES));
      }
      names.add(name(json));
    }
    if (names.isEmpty()) {
      throw bad("the list of policies is empty; " + ACCEPTED);
    }
    return names;
  }

  /** No policy's name is as long as what is repeated of it. */
  private static String name(JsonParser json) {
    return Rejection.shortened(json.getString());
  }

  private static BigInteger cost(JsonParser json, @Nullable JsonToken value) {
    if (value != JsonToken.VALUE_NUMBER_INT) {
      throw bad("the cost is not a whole number; " + ACCEPTED);
    }
    return json.getBigIntegerValue();
  }

  private static long within(long max, BigInteger cost) {
    if (cost.signum() < 1 || cost.compareTo(BigInteger.valueOf(max)) > 0) {
      throw unprocessable(
          "the cost is %s; accepted: 1 to %s".formatted(Rejection.shortened(cost.toString()), max));
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

  private static Rejection bad(String detail) {
    return new Rejection(400, detail);
  }

  private static Rejection unprocessable(String detail) {
    return new Rejection(422, detail);
  }
}
