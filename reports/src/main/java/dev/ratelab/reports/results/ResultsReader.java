package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads a results file. Fields it does not know are passed over, so that a newer Ratelab may add
 * some; whatever it does know must be there and mean something.
 */
public final class ResultsReader {
  private static final JsonMapper JSON = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  private final Path file;

  private ResultsReader(Path file) {
    this.file = file;
  }

  /**
   * Reads {@code results.json} of a results directory.
   *
   * @throws ResultsException if there is none or it is malformed; the message names the file, the
   *     place in it and what is accepted there
   * @throws IOException if the file cannot be read
   */
  public static Results read(Path directory) throws IOException {
    Path file = directory.resolve(ResultsDirectory.FILE);
    if (!Files.isRegularFile(file)) {
      throw new ResultsException(
          directory,
          "no %s here; give a directory that a run wrote, for example with ./ratelab compare --out DIR"
              .formatted(ResultsDirectory.FILE));
    }
    ResultsReader reader = new ResultsReader(file);
    try {
      return reader.parse(Files.readString(file));
    } catch (CharacterCodingException e) {
      throw reader.problem("not UTF-8");
    }
  }

  private Results parse(String text) throws ResultsException {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JacksonException e) {
      throw problem("not JSON at line %s, column %s: %s"
          .formatted(
              e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
              e.getLocation() == null ? 1 : e.getLocation().getColumnNr(),
              e.getOriginalMessage()));
    }
    if (!root.isObject()) {
      throw problem("must be a JSON object with schema, environment, parameters and measurements");
    }
    JsonNode schema = root.get("schema");
    int version = schema == null || !schema.canConvertToInt() ? 0 : schema.intValue();
    if (version < Results.OLDEST_SCHEMA || version > Results.SCHEMA) {
      throw problem("schema is %s; this version reads schema %s and %s"
          .formatted(schema == null ? "missing" : schema, Results.OLDEST_SCHEMA, Results.SCHEMA));
    }
    JsonNode rows = array(root, "measurements");
    List<Measurement> measurements = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      measurements.add(measurement("measurements[" + i + "]", rows.get(i)));
    }
    Map<String, String> environment = strings(root, "environment");
    List<Notice> notices = new ArrayList<>();
    if (version == 1) {
      environment
          .entrySet()
          .removeIf(entry -> Notice.ofEnvironment(entry.getKey(), entry.getValue())
              .filter(notices::add)
              .isPresent());
    } else {
      for (Notice.Kind kind : Notice.Kind.values()) {
        JsonNode array = array(root, kind.array);
        for (int i = 0; i < array.size(); i++) {
          String where = "%s[%s]".formatted(kind.array, i);
          notices.add(new Notice(
              kind, string(where, array.get(i), "name"), string(where, array.get(i), kind.field)));
        }
      }
    }
    Map<String, String> parameters = strings(root, "parameters");
    try {
      return new Results(environment, notices, parameters, measurements);
    } catch (IllegalArgumentException e) {
      throw problem(e.getMessage());
    }
  }

  private JsonNode array(JsonNode root, String field) throws ResultsException {
    JsonNode node = root.get(field);
    if (node == null || !node.isArray()) {
      throw problem("%s must be an array, but is %s".formatted(field, described(node)));
    }
    return node;
  }

  private Map<String, String> strings(JsonNode root, String field) throws ResultsException {
    JsonNode node = root.get(field);
    if (node == null || !node.isObject()) {
      throw problem(field + " must be an object of strings, but is " + described(node));
    }
    Map<String, String> strings = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      strings.put(entry.getKey(), string(field, node, entry.getKey()));
    }
    return strings;
  }

  private Measurement measurement(String where, JsonNode row) throws ResultsException {
    if (!row.isObject()) {
      throw problem(where + " must be an object, but is " + described(row));
    }
    JsonNode raw = row.get("raw");
    try {
      return new Measurement(
          string(where, row, "experiment"),
          string(where, row, "algorithm"),
          string(where, row, "backend"),
          string(where, row, "client"),
          string(where, row, "subject"),
          string(where, row, "workload"),
          threads(where, row),
          string(where, row, "metric"),
          string(where, row, "unit"),
          number(where, row, "value"),
          number(where, row, "low"),
          number(where, row, "high"),
          integer(where, row, "samples"),
          raw == null || raw.isNull() ? null : string(where, row, "raw"));
    } catch (IllegalArgumentException e) {
      throw problem(where + ": " + e.getMessage());
    }
  }

  private String string(String where, JsonNode object, String field) throws ResultsException {
    JsonNode node = object.get(field);
    if (node == null || !node.isString()) {
      throw problem("%s.%s must be a string, but is %s".formatted(where, field, described(node)));
    }
    return node.stringValue();
  }

  private double number(String where, JsonNode object, String field) throws ResultsException {
    JsonNode node = object.get(field);
    if (node == null || !node.isNumber()) {
      throw problem("%s.%s must be a number, but is %s".formatted(where, field, described(node)));
    }
    // A whole number of hundreds of digits has no double; as an infinite one it is refused with a
    // reason.
    return node.isIntegralNumber() ? node.bigIntegerValue().doubleValue() : node.doubleValue();
  }

  private int threads(String where, JsonNode row) throws ResultsException {
    long threads = integer(where, row, "threads");
    if (threads > Integer.MAX_VALUE) {
      throw problem(
          "%s.threads must be at most %s, but is %s".formatted(where, Integer.MAX_VALUE, threads));
    }
    // What is below 1 the measurement itself refuses.
    return (int) Math.max(threads, Integer.MIN_VALUE);
  }

  private long integer(String where, JsonNode object, String field) throws ResultsException {
    JsonNode node = object.get(field);
    if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
      throw problem(
          "%s.%s must be a whole number, but is %s".formatted(where, field, described(node)));
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

  private ResultsException problem(@Nullable String text) {
    return new ResultsException(file, text);
  }
}
