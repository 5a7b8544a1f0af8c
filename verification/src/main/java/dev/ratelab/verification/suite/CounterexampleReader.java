package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
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

  private final Path file;

  private CounterexampleReader(Path file) {
    this.file = file;
  }

  static Replay read(Path file) throws IOException {
    CounterexampleReader reader = new CounterexampleReader(file);
    if (!Files.isRegularFile(file)) {
      throw reader.problem(
          "not a file; give one that a run of verify wrote, raw/verification-….json in its results");
    }
    try {
      return reader.parse(Files.readString(file));
    } catch (CharacterCodingException e) {
      throw reader.problem("not UTF-8");
    } catch (JacksonException e) {
      throw reader.problem("not JSON at line %s, column %s: %s"
          .formatted(
              e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
              e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
              e.getOriginalMessage()));
    } catch (IllegalArgumentException e) {
      throw reader.problem(e.getMessage());
    }
  }

  private Replay parse(String text) throws CounterexampleException {
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
    Limit limit = new Limit(
        integer("", root, "permits"), integer("", root, "window_us"), integer("", root, "burst"));
    return new Replay(
        property,
        new Scenario(Policy.of("p", algorithm, limit), arrivals(root, limit, property)),
        string(root, "subject"));
  }

  private List<Arrival> arrivals(JsonNode root, Limit limit, Property property)
      throws CounterexampleException {
    JsonNode list = root.get("arrivals");
    if (list == null || !list.isArray() || list.isEmpty()) {
      throw problem("arrivals must be an array of at least one, but is " + described(list));
    }
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
      if (cost < 1 || cost > limit.maxCost()) {
        throw problem("%s.cost is %s; accepted: 1 to %s".formatted(where, cost, limit.maxCost()));
      }
      arrivals.add(new Arrival(at, cost));
      before = at;
    }
    return arrivals;
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

  private String string(JsonNode root, String field) throws CounterexampleException {
    JsonNode node = root.get(field);
    if (node == null || !node.isString()) {
      throw problem("%s must be a string, but is %s".formatted(field, described(node)));
    }
    return node.stringValue();
  }

  private long integer(String where, JsonNode object, String field) throws CounterexampleException {
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

  private CounterexampleException problem(@Nullable String text) {
    return new CounterexampleException(file, text);
  }
}
