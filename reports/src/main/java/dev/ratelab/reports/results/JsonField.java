package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A place in a JSON file. Asked for a value that is missing or of another kind, it throws and names the file, the place
 * and what is accepted there.
 *
 * @param where the way from the root, such as {@code measurements[3].value}; empty for the root
 * @param node what is there, null if nothing is
 */
public record JsonField(Path file, String where, @Nullable JsonNode node) {
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /**
   * The root of a file.
   *
   * @throws ResultsException if it holds no JSON
   */
  public static JsonField read(Path file) throws IOException {
    try {
      return new JsonField(file, "", JSON.readTree(Files.readString(file)));
    } catch (CharacterCodingException e) {
      throw new ResultsException(file, "not UTF-8");
    } catch (JacksonException e) {
      String problem = "not JSON at line %s, column %s: %s"
          .formatted(
              e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
              e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
              e.getOriginalMessage());
      throw new ResultsException(file, problem);
    }
  }

  /**
   * The root of a file of ours.
   *
   * @param schema the version of its format that is accepted
   * @throws ResultsException if it holds no JSON, or of another version
   */
  static JsonField read(Path file, int schema) throws IOException {
    JsonField root = read(file);
    if (root.at("schema").whole() != schema) {
      throw root.problem("schema must be " + schema);
    }
    return root;
  }

  /**
   * The root of a raw file that a result names.
   *
   * @throws ResultsException also if it is missing
   */
  static JsonField readRaw(Path directory, String raw, int schema) throws IOException {
    Path file = directory.resolve(raw);
    if (!Files.isRegularFile(file)) {
      throw new ResultsException(file, "this raw file is missing");
    }
    return read(file, schema);
  }

  /** What an object has under a name. */
  public JsonField at(String name) {
    return new JsonField(
        file, where.isEmpty() ? name : where + "." + name, node == null ? null : node.get(name));
  }

  /** Whether anything but null is there. */
  public boolean present() {
    return node != null && !node.isNull();
  }

  /** Makes something of what is at a place. */
  @FunctionalInterface
  public interface Reading<T> {
    /** Throws if it is missing or of another kind. */
    T of(JsonField field) throws ResultsException;
  }

  /** What is there, empty if nothing is. */
  public <T> Optional<T> optional(Reading<T> reading) throws ResultsException {
    return present() ? Optional.of(reading.of(this)) : Optional.empty();
  }

  /** An array's items. */
  public <T> List<T> list(Reading<T> reading) throws ResultsException {
    JsonNode array = as(JsonNode::isArray, "an array");
    List<T> items = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      items.add(reading.of(new JsonField(file, where + "[" + i + "]", array.get(i))));
    }
    return items;
  }

  public Map<String, String> strings() throws ResultsException {
    Map<String, String> strings = new LinkedHashMap<>();
    for (String name : as(JsonNode::isObject, "an object of strings").propertyNames()) {
      strings.put(name, at(name).string());
    }
    return strings;
  }

  public String string() throws ResultsException {
    return as(JsonNode::isString, "a string").stringValue();
  }

  /** A constant of an enum, by its name. */
  public <E extends Enum<E>> E oneOf(Class<E> type) throws ResultsException {
    String name = string();
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(name)) {
        return constant;
      }
    }
    throw problem(
        "must be one of %s, but is '%s'".formatted(Arrays.toString(type.getEnumConstants()), name));
  }

  public boolean truth() throws ResultsException {
    return as(JsonNode::isBoolean, "true or false").booleanValue();
  }

  /** A whole number of hundreds of digits has no double: it is infinite. */
  public double number() throws ResultsException {
    JsonNode number = as(JsonNode::isNumber, "a number");
    return number.isIntegralNumber()
        ? number.bigIntegerValue().doubleValue()
        : number.doubleValue();
  }

  public long whole() throws ResultsException {
    return as(value -> value.isIntegralNumber() && value.canConvertToLong(), "a whole number")
        .longValue();
  }

  /** What is there, if it is of a kind. */
  JsonNode as(Predicate<JsonNode> kind, String what) throws ResultsException {
    if (node == null || !kind.test(node)) {
      throw problem(
          "must be %s, but is %s".formatted(what, node == null ? "missing" : shortened()));
    }
    return node;
  }

  private String shortened() {
    String text = String.valueOf(node);
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }

  /** Something that is wrong here. */
  public ResultsException problem(String what) {
    return new ResultsException(file, where.isEmpty() ? what : where + " " + what);
  }
}
