package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What can be drawn of a counterexample: who decided what when, and series beside it.
 *
 * @param series named series of (microseconds, value), none for most
 */
public record Timeline(String message, List<Decided> decisions, List<Line> series) {
  private static final int SCHEMA = 1;

  /** Copies the lists. */
  public Timeline {
    decisions = List.copyOf(decisions);
    series = List.copyOf(series);
  }

  /** A decision. */
  public record Decided(long atMicros, long cost, boolean allowed) {}

  /** A series of values over time. */
  public record Line(String name, List<Point> points) {}

  /** A value. */
  public record Point(long atMicros, double value) {}

  /**
   * Reads a counterexample's raw file; fields that are not drawn are passed over.
   *
   * @throws ResultsException if it is missing or malformed
   * @throws IOException if it cannot be read
   */
  public static Timeline read(Path directory, String raw) throws IOException {
    JsonField root = JsonField.readRaw(directory, raw, SCHEMA);
    return new Timeline(
        root.at("message").string(),
        root.at("decisions")
            .list(row -> new Decided(
                row.at("at_us").whole(),
                row.at("cost").whole(),
                row.at("allowed").truth())),
        root.at("series")
            .list(line ->
                new Line(line.at("name").string(), line.at("points").list(Timeline::point))));
  }

  private static Point point(JsonField point) throws ResultsException {
    double value = point.at("value").number();
    if (!Double.isFinite(value)) {
      throw point.problem("has a value that is no finite number");
    }
    return new Point(point.at("at_us").whole(), value);
  }
}
