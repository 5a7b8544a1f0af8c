package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads a counterexample, which somebody may have written or changed by hand. Unknown fields are passed over. */
final class CounterexampleReader {
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** Any later, and an instant of some algorithm's state might not fit a Lua number: the year 2112. */
  private static final long LATEST = 1L << 52;

  private CounterexampleReader() {}

  static Replay read(Path file) throws IOException {
    try {
      if (!Files.isRegularFile(file)) {
        throw problem(
            "not a file; give one that a run of verify wrote, raw/verification-….json in its results");
      }
      return parse(Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new CounterexampleException(file, "not UTF-8");
    } catch (JacksonException e) {
      throw new CounterexampleException(
          file,
          "not JSON at line %s, column %s: %s"
              .formatted(
                  e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
                  e.getOriginalMessage()));
    } catch (IllegalArgumentException e) {
      throw new CounterexampleException(file, e.getMessage());
    }
  }

  private static Replay parse(String text) {
    JsonNode root = JSON.readTree(text);
    if (!root.isObject()) {
      throw problem("must be a JSON object, but is " + described(root));
    }
    JsonNode schema = root.get("schema");
    if (schema == null
        || !schema.canConvertToInt()
        || schema.intValue() != CounterexampleFile.SCHEMA) {
      throw problem("schema is %s; this version reads schema %s"
          .formatted(schema == null ? "missing" : schema, CounterexampleFile.SCHEMA));
    }
    Property property = property(string(root, "property"));
    Algorithm algorithm = Algorithm.of(string(root, "algorithm"));
    if (!property.accepts(algorithm)) {
      throw problem("'%s' says nothing about %s".formatted(property, algorithm));
    }
    Limit limit = limit("", root);
    boolean several = property.asksSeveral() && root.has("policies");
    Scenario scenario = several
        ? new Scenario(policies(root), arrivals(root, Limit.MAX_PERMITS, property))
        : new Scenario(
            Policy.of("p", algorithm, limit).withLease(property.borrows() ? lease(root) : null),
            arrivals(root, limit.maxCost(), property));
    try {
      // A request that no limiter takes is told of before any is asked.
      scenario.requests();
    } catch (IllegalArgumentException e) {
      throw problem("arrivals: " + e.getMessage());
    }
    return new Replay(property, scenario, string(root, "subject"));
  }

  private static Limit limit(String where, JsonNode object) {
    return new Limit(
        integer(where, object, "permits"),
        integer(where, object, "window_us"),
        integer(where, object, "burst"),
        // Files were written before there were any.
        object.has("buckets")
            ? (int) Math.min(integer(where, object, "buckets"), Integer.MAX_VALUE)
            : Limit.DEFAULT_BUCKETS);
  }

  private static Lease lease(JsonNode root) {
    return new Lease(integer("", root, "lease_permits"), integer("", root, "lease_us"));
  }

  private static List<ScopedPolicy> policies(JsonNode root) {
    List<ScopedPolicy> policies = new ArrayList<>();
    for (JsonNode rule : array(root, "policies")) {
      String where = "policies[" + policies.size() + "].";
      policies.add(new ScopedPolicy(
          Policy.of(
              "p" + policies.size(), Algorithm.of(string(rule, "algorithm")), limit(where, rule)),
          Scope.of(string(rule, "scope")),
          rule.path("shadow").asBoolean(false)));
    }
    return policies;
  }

  private static JsonNode array(JsonNode object, String field) {
    JsonNode list = object.get(field);
    if (list == null || !list.isArray() || list.isEmpty()) {
      throw problem(
          "%s must be an array of at least one, but is %s".formatted(field, described(list)));
    }
    return list;
  }

  private static List<Arrival> arrivals(JsonNode root, long maxCost, Property property) {
    JsonNode list = array(root, "arrivals");
    List<Arrival> arrivals = new ArrayList<>();
    long before = 0;
    for (int i = 0; i < list.size(); i++) {
      String where = "arrivals[" + i + "]";
      if (!list.get(i).isObject()) {
        throw problem(where + " must be an object, but is " + described(list.get(i)));
      }
      long at = integer(where + ".", list.get(i), "at_us");
      long cost = integer(where + ".", list.get(i), "cost");
      if (at < 0 || at > LATEST) {
        throw problem("%s.at_us is %s; accepted: 0 to %s".formatted(where, at, LATEST));
      }
      if (at < before && !property.allowsClockGoingBack()) {
        throw problem("%s.at_us is %s, before the arrival ahead of it; accepted only for '%s'"
            .formatted(where, at, Property.CLOCK_GOING_BACK));
      }
      if (cost < 1 || cost > maxCost) {
        throw problem("%s.cost is %s; accepted: 1 to %s".formatted(where, cost, maxCost));
      }
      arrivals.add(
          property.asksSeveral() && list.get(i).has("policies")
              ? several(list.get(i), at, cost, root.path("policies").size())
              : new Arrival(at, cost));
      before = at;
    }
    return arrivals;
  }

  private static Arrival several(JsonNode arrival, long at, long cost, int policies) {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode number : array(arrival, "policies")) {
      if (!number.canConvertToInt() || number.intValue() < 0 || number.intValue() >= policies) {
        throw problem(
            "an arrival names policy %s; accepted: 0 to %s".formatted(number, policies - 1));
      }
      numbers.add(number.intValue());
    }
    String tenant = arrival.has("tenant") ? string(arrival, "tenant") : null;
    return new Arrival(at, cost, tenant, string(arrival, "key"), numbers);
  }

  private static Property property(String title) {
    for (Property property : Property.values()) {
      if (property.title().equals(title)) {
        return property;
      }
    }
    throw new IllegalArgumentException("unknown property '%s'; accepted: %s"
        .formatted(
            title,
            Arrays.stream(Property.values())
                .map(Property::title)
                .collect(Collectors.joining(", "))));
  }

  private static String string(JsonNode root, String field) {
    JsonNode node = root.get(field);
    if (node == null || !node.isString()) {
      throw problem("%s must be a string, but is %s".formatted(field, described(node)));
    }
    return node.stringValue();
  }

  private static long integer(String where, JsonNode object, String field) {
    JsonNode node = object.get(field);
    if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
      throw problem(
          "%s%s must be a whole number, but is %s".formatted(where, field, described(node)));
    }
    return node.longValue();
  }

  private static String described(@Nullable JsonNode node) {
    if (node == null) {
      return "missing";
    }
    String text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }

  private static IllegalArgumentException problem(String text) {
    return new IllegalArgumentException(text);
  }
}
