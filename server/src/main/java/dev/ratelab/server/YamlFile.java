package dev.ratelab.server;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A YAML file as a tree, with the place of each of its parts.
 *
 * @param file the file
 * @param root its content
 * @param places by JSON pointer, where the field or element begins
 */
record YamlFile(Path file, JsonNode root, Map<String, TokenStreamLocation> places) {
  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final YAMLMapper MAPPER = new YAMLMapper(YAML);

  /**
   * Reads a file.
   *
   * @throws ConfigurationException if it cannot be read, or is not YAML
   */
  static YamlFile read(Path file) throws ConfigurationException {
    String text;
    try {
      text = Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(List.of(file + ": the file is not valid UTF-8"));
    } catch (IOException e) {
      throw new ConfigurationException(List.of(file + ": the file cannot be read: " + reason(e)));
    }
    try {
      JsonNode root = MAPPER.readTree(text);
      if (root.isMissingNode()) {
        throw new ConfigurationException(List.of(file + ": the file is empty; accepted: policies"));
      }
      return new YamlFile(file, root, places(text));
    } catch (JacksonException e) {
      String message =
          String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
      throw new ConfigurationException(
          List.of(place(file, e.getLocation()) + ": the file is not valid YAML: " + message));
    }
  }

  private static String reason(IOException e) {
    // The message of most is the file's name.
    return e.getClass().getSimpleName().replaceFirst("Exception$", "");
  }

  private static Map<String, TokenStreamLocation> places(String text) {
    Map<String, TokenStreamLocation> places = new HashMap<>();
    try (JsonParser yaml = YAML.createParser(ObjectReadContext.empty(), text)) {
      for (JsonToken token = yaml.nextToken(); token != null; token = yaml.nextToken()) {
        JsonPointer pointer = yaml.streamReadContext().pathAsPointer();
        // Of a field the name comes first.
        places.putIfAbsent(pointer.toString(), yaml.currentTokenLocation());
      }
    }
    return places;
  }

  /** One line that tells what is wrong where. The nearest part that is in the file stands for one that is missing. */
  String fault(String pointer, String what) {
    String nearest = pointer;
    while (!places.containsKey(nearest) && !nearest.isEmpty()) {
      nearest = nearest.substring(0, nearest.lastIndexOf('/'));
    }
    TokenStreamLocation location = places.get(nearest);
    return "%s: %s: %s".formatted(place(file, location), pointer.isEmpty() ? "/" : pointer, what);
  }

  private static String place(Path file, @Nullable TokenStreamLocation at) {
    return at == null
        ? file.toString()
        : "%s:%d:%d".formatted(file, at.getLineNr(), at.getColumnNr());
  }
}
