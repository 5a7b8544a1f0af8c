package dev.ratelab.reports.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Reads a results file. Fields it does not know are passed over, so that a newer Ratelab may add
 * some; whatever it does know must be there and mean something.
 */
public final class ResultsReader {
  private ResultsReader() {}

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
    JsonField root = JsonField.read(file);
    if (root.node() == null || !root.node().isObject()) {
      throw root.problem(
          "must be a JSON object with schema, environment, parameters and measurements");
    }
    int version = schema(root);
    List<Measurement> measurements = root.at("measurements").list(ResultsReader::measurement);
    Map<String, String> environment = root.at("environment").strings();
    List<Notice> notices = new ArrayList<>();
    if (version == 1) {
      environment
          .entrySet()
          .removeIf(entry -> Notice.ofEnvironment(entry.getKey(), entry.getValue())
              .filter(notices::add)
              .isPresent());
    } else {
      for (Notice.Kind kind : Notice.Kind.values()) {
        notices.addAll(root.at(kind.array)
            .list(notice -> new Notice(
                kind, notice.at("name").string(), notice.at(kind.field).string())));
      }
    }
    try {
      return new Results(environment, notices, root.at("parameters").strings(), measurements);
    } catch (IllegalArgumentException e) {
      throw new ResultsException(file, e.getMessage());
    }
  }

  private static int schema(JsonField root) throws ResultsException {
    JsonNode schema = root.at("schema").node();
    int version = schema == null || !schema.canConvertToInt() ? 0 : schema.intValue();
    if (version < Results.OLDEST_SCHEMA || version > Results.SCHEMA) {
      throw root.problem("schema is %s; this version reads schema %s and %s"
          .formatted(schema == null ? "missing" : schema, Results.OLDEST_SCHEMA, Results.SCHEMA));
    }
    return version;
  }

  private static Measurement measurement(JsonField row) throws ResultsException {
    row.as(JsonNode::isObject, "an object");
    try {
      return new Measurement(
          row.at("experiment").string(),
          row.at("algorithm").string(),
          row.at("backend").string(),
          row.at("client").string(),
          row.at("subject").string(),
          row.at("workload").string(),
          threads(row.at("threads")),
          row.at("metric").string(),
          row.at("unit").string(),
          row.at("value").number(),
          row.at("low").number(),
          row.at("high").number(),
          row.at("samples").whole(),
          row.at("raw").optional(JsonField::string).orElse(null),
          row.at("ratios").optional(all -> all.list(ResultsReader::ratio)).orElse(List.of()));
    } catch (IllegalArgumentException e) {
      throw new ResultsException(row.file(), row.where() + ": " + e.getMessage());
    }
  }

  private static Ratio ratio(JsonField ratio) throws ResultsException {
    return new Ratio(
        ratio.at("to").string(),
        ratio.at("value").number(),
        ratio.at("low").number(),
        ratio.at("high").number());
  }

  private static int threads(JsonField field) throws ResultsException {
    long threads = field.whole();
    if (threads > Integer.MAX_VALUE) {
      throw field.problem("must be at most %s, but is %s".formatted(Integer.MAX_VALUE, threads));
    }
    // What is below 1 the measurement itself refuses.
    return (int) Math.max(threads, Integer.MIN_VALUE);
  }
}
