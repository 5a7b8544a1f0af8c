package dev.ratelab.server.policies;

import dev.ratelab.limiter.redis.SmallFile;
import dev.ratelab.server.check.JsonErrorText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/** A YAML file or JSON text as a tree, with what messages call it and where its parts are. */
public record PolicyDocument(String name, JsonNode root, JsonLocations places) {
  private static final YAMLFactory YAML =
      YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final Pattern ALIAS_EVENT = Pattern.compile("=ALI \\*(\\S+)");

  private static final YAMLMapper YAML_MAPPER = new YAMLMapper(YAML);
  private static final JsonMapper JSON_MAPPER = JsonMapper.builder(JSON)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();

  /** A tree that was made here. */
  static PolicyDocument of(String name, JsonNode root) {
    return new PolicyDocument(name, root, new JsonLocations(null, JSON));
  }

  /** Throws {@link ConfigurationException} if the text is not YAML. */
  public static PolicyDocument yaml(String name, String text) throws ConfigurationException {
    refuseAliases(name, text);
    return parse(name, text, "YAML", YAML_MAPPER, YAML);
  }

  static PolicyDocument json(String name, String text) throws ConfigurationException {
    return parse(name, text, "JSON", JSON_MAPPER, JSON);
  }

  static String text(Path file) throws ConfigurationException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(SmallFile.read(file)))
          .toString();
    } catch (CharacterCodingException e) {
      throw wrong(file.toString(), "the file is not valid UTF-8");
    } catch (IOException e) {
      throw wrong(file.toString(), "the file cannot be read: " + e.getMessage());
    }
  }

  private static PolicyDocument parse(
      String name, String text, String language, ObjectMapper mapper, TokenStreamFactory factory)
      throws ConfigurationException {
    try {
      JsonNode root = mapper.readTree(text);
      if (root.isMissingNode()) {
        throw wrong(name, "the text is empty; accepted: policies");
      }
      return new PolicyDocument(name, root, new JsonLocations(text, factory));
    } catch (JacksonException e) {
      throw wrong(
          place(name, e.getLocation()),
          "the text is not valid %s: %s".formatted(language, JsonErrorText.of(e)));
    }
  }

  /** Jackson takes an alias for a string, its own name. To resolve them would let few lines stand for billions. */
  private static void refuseAliases(String name, String text) throws ConfigurationException {
    if (text.indexOf('*') < 0) {
      return;
    }
    try (JsonParser tokens = YAML.createParser(ObjectReadContext.empty(), text)) {
      while (tokens.nextToken() != null) {
        if (tokens instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
          throw alias(place(name, yaml.currentTokenLocation()), yaml.getString());
        }
      }
    } catch (JacksonException e) {
      // In place of a field's name it is one that the parser refuses; all else is told where it is
      // parsed.
      Matcher event = ALIAS_EVENT.matcher(String.valueOf(e.getOriginalMessage()));
      if (event.find()) {
        throw alias(place(name, e.getLocation()), event.group(1));
      }
    }
  }

  private static ConfigurationException alias(String place, String alias) {
    return wrong(
        place, "'*%s' is an alias; accepted: written out what it stands for".formatted(alias));
  }

  private static ConfigurationException wrong(String place, String what) {
    return new ConfigurationException(List.of(new ConfigurationFault(place, null, what)));
  }

  /** What is wrong where. The nearest part that is there stands for one that is missing. */
  ConfigurationFault fault(String pointer, String what) {
    return new ConfigurationFault(place(name, places.nearest(pointer)), pointer, what);
  }

  private static String place(String name, @Nullable TokenStreamLocation at) {
    return at == null ? name : "%s:%s:%s".formatted(name, at.getLineNr(), at.getColumnNr());
  }
}
