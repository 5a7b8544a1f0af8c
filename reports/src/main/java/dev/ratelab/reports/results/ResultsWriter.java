package dev.ratelab.reports.results;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes results as JSON, one measurement a line so that two runs can be compared with diff. */
final class ResultsWriter {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();

  private ResultsWriter() {}

  static String json(Results results) {
    return """
        {
        "schema": %s,
        "environment": %s,
        %s
        "parameters": %s,
        "measurements": [%s]
        }
        """.formatted(
            Results.SCHEMA,
            JSON.writeValueAsString(results.environment()),
            Arrays.stream(Notice.Kind.values())
                .map(kind -> "\"%s\": [%s],".formatted(kind.array, notices(results, kind)))
                .collect(Collectors.joining("\n")),
            JSON.writeValueAsString(results.parameters()),
            results.measurements().stream()
                .map(JSON::writeValueAsString)
                .collect(Collectors.joining(",\n", "\n", "\n")));
  }

  private static String notices(Results results, Notice.Kind kind) {
    return results.notices(kind).stream()
        .map(notice -> "{\"name\":%s,\"%s\":%s}"
            .formatted(
                JSON.writeValueAsString(notice.name()),
                kind.field,
                JSON.writeValueAsString(notice.text())))
        .collect(Collectors.joining(",\n"));
  }

  /** Replaces the file in one step: whoever reads it sees the old text or the new, never half. */
  static void write(Path file, Results results) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, json(results));
    Files.move(next, file, ATOMIC_MOVE, REPLACE_EXISTING);
  }
}
