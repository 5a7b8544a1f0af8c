package dev.ratelab.cli;

import java.util.function.Function;

/** An option's value that a command reads itself. */
final class OptionText {
  private OptionText() {}

  /**
   * What the text means.
   *
   * @param option its name, such as {@code --preset}
   * @throws IllegalArgumentException if it means nothing; the message names the option
   */
  static <T> T read(String option, String text, Function<String, T> meaning) {
    try {
      return meaning.apply(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
    }
  }
}
