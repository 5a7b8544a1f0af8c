package dev.ratelab.server.policies;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;

/** Where the parts of a text are. Looked for only when one of them is wrong, since it takes longer than all the rest of reading. */
final class JsonLocations {
  private final @Nullable String text;
  private final TokenStreamFactory factory;
  private @Nullable Map<String, TokenStreamLocation> found;

  /**
   * The places in a text.
   *
   * @param text one that has been parsed, or null if its tree was made here and has no places
   * @param factory reads its tokens
   */
  JsonLocations(@Nullable String text, TokenStreamFactory factory) {
    this.text = text;
    this.factory = factory;
  }

  /** Where the part with a JSON pointer begins, or the nearest around one that is missing; null if there are no places. */
  @Nullable
  TokenStreamLocation nearest(String pointer) {
    Map<String, TokenStreamLocation> places = all();
    String nearest = pointer;
    while (!places.containsKey(nearest) && !nearest.isEmpty()) {
      nearest = nearest.substring(0, nearest.lastIndexOf('/'));
    }
    return places.get(nearest);
  }

  private synchronized Map<String, TokenStreamLocation> all() {
    if (found == null) {
      found = text == null ? Map.of() : places(text);
    }
    return found;
  }

  private Map<String, TokenStreamLocation> places(String text) {
    Map<String, TokenStreamLocation> places = new HashMap<>();
    try (JsonParser parser = factory.createParser(ObjectReadContext.empty(), text)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        // Of a field the name comes first.
        places.putIfAbsent(
            parser.streamReadContext().pathAsPointer().toString(), parser.currentTokenLocation());
      }
    }
    return places;
  }
}
