package dev.ratelab.server.check;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.exc.MismatchedInputException;

/** What is wrong with a text that is no JSON or no YAML, in our words: those of the parser name its methods and settings. */
public final class JsonErrorText {
  private JsonErrorText() {}

  public static String of(JacksonException e) {
    if (e instanceof StreamConstraintsException) {
      return "a number or a name is too long, or the nesting too deep";
    }
    if (e instanceof UnexpectedEndOfInputException) {
      return "it ends too early";
    }
    if (e instanceof MismatchedInputException) {
      return "it goes on after its end";
    }
    if (String.valueOf(e.getOriginalMessage()).startsWith("Duplicate")) {
      return "a field is there twice";
    }
    return "what is there is not expected";
  }

  /** With its place before it, where that is known. */
  static String placed(JacksonException e) {
    @Nullable TokenStreamLocation at = e.getLocation();
    return at == null
        ? of(e)
        : "line %s, column %s: %s".formatted(at.getLineNr(), at.getColumnNr(), of(e));
  }
}
