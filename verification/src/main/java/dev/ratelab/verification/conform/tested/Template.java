package dev.ratelab.verification.conform.tested;

import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A text with places such as <code>${key}</code>. */
record Template(String text) {
  private static final Pattern PLACE = Pattern.compile("\\$\\{([^}]*)}");

  /**
   * Reads a template.
   *
   * @param accepted the names that its places may have
   * @throws IllegalArgumentException if there is another one
   */
  static Template parse(String text, List<String> accepted) {
    Template template = new Template(text);
    for (String name : template.names()) {
      if (!accepted.contains(name)) {
        throw new IllegalArgumentException("unknown ${%s} in '%s'; accepted: %s"
            .formatted(
                name,
                text,
                accepted.stream().map("${%s}"::formatted).collect(Collectors.joining(", "))));
      }
    }
    return template;
  }

  /** The names of its places. */
  Set<String> names() {
    return PLACE.matcher(text).results().map(place -> place.group(1)).collect(Collectors.toSet());
  }

  /** The text with a value for each name. */
  String fill(UnaryOperator<String> value) {
    return PLACE
        .matcher(text)
        .replaceAll(place -> Matcher.quoteReplacement(value.apply(place.group(1))));
  }
}
