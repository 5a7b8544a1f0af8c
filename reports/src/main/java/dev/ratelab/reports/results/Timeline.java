package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What can be drawn of a counterexample: who decided what when, and series beside it.
 *
 * @param message what was wrong
 * @param decisions in the order of arrival
 * @param series named series of (microseconds, value), none for most
 */
public record Timeline(String message, List<Decided> decisions, List<Line> series) {
  private static final int SCHEMA = 1;

  /** Copies the lists. */
  public Timeline {
    decisions = List.copyOf(decisions);
    series = List.copyOf(series);
  }

  /**
   * A decision.
   *
   * @param atMicros when
   * @param cost the request's weight
   */
  public record Decided(long atMicros, long cost, boolean allowed) {}

  /** A series of values over time. */
  public record Line(String name, List<Point> points) {}

  /**
   * A value.
   *
   * @param atMicros when
   */
  public record Point(long atMicros, double value) {}

  /**
   * Reads a counterexample's raw file; fields that are not drawn are passed over.
   *
   * @param directory the results directory
   * @param raw the file's name as a measurement gives it
   * @throws ResultsException if it is missing or malformed
   * @throws IOException if it cannot be read
   */
  public static Timeline read(Path directory, String raw) throws IOException {
    Path file = directory.resolve(raw);
    if (!Files.isRegularFile(file)) {
      throw new ResultsException(file, "this raw file is missing");
    }
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(Files.readString(file));
    } catch (CharacterCodingException | JacksonException e) {
      throw new ResultsException(file, "not JSON in UTF-8");
    }
    if (integer(file, root, "schema") != SCHEMA) {
      throw new ResultsException(file, "schema must be " + SCHEMA);
    }
    JsonNode message = root.get("message");
    if (message == null || !message.isString()) {
      throw new ResultsException(file, "message must be a string");
    }
    List<Decided> decisions = new ArrayList<>();
    for (JsonNode row : array(file, root, "decisions")) {
      JsonNode allowed = row.get("allowed");
      if (allowed == null || !allowed.isBoolean()) {
        throw new ResultsException(file, "decisions[].allowed must be true or false");
      }
      decisions.add(new Decided(
          integer(file, row, "at_us"), integer(file, row, "cost"), allowed.booleanValue()));
    }
    List<Line> series = new ArrayList<>();
    for (JsonNode line : array(file, root, "series")) {
      JsonNode name = line.get("name");
      if (name == null || !name.isString()) {
        throw new ResultsException(file, "series[].name must be a string");
      }
      List<Point> points = new ArrayList<>();
      for (JsonNode point : array(file, line, "points")) {
        JsonNode value = point.get("value");
        if (value == null || !value.isNumber() || !Double.isFinite(value.doubleValue())) {
          throw new ResultsException(file, "series[].points[].value must be a number");
        }
        points.add(new Point(integer(file, point, "at_us"), value.doubleValue()));
      }
      series.add(new Line(name.stringValue(), List.copyOf(points)));
    }
    return new Timeline(message.stringValue(), decisions, series);
  }

  private static JsonNode array(Path file, JsonNode object, String field) throws ResultsException {
    JsonNode node = object.get(field);
    if (node == null || !node.isArray()) {
      throw new ResultsException(file, field + " must be an array");
    }
    return node;
  }

  private static long integer(Path file, JsonNode object, String field) throws ResultsException {
    @Nullable JsonNode node = object.get(field);
    if (node == null || !node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new ResultsException(file, field + " must be a whole number");
    }
    return node.longValue();
  }
}
