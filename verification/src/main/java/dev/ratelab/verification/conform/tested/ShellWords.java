package dev.ratelab.verification.conform.tested;

import java.util.ArrayList;
import java.util.List;

/** A command line as a shell cuts it into words: blanks between them, quotes and backslashes, and nothing else that a shell does. */
public final class ShellWords {
  private ShellWords() {}

  /**
   * Cuts a line.
   *
   * @return at least one word
   * @throws IllegalArgumentException if there is no word, or a quote is not closed
   */
  public static List<String> split(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
        i++;
        word.append(line.charAt(i));
        begun = true;
      } else if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        begun = true;
      } else if (!Character.isWhitespace(c)) {
        word.append(c);
        begun = true;
      } else if (begun) {
        words.add(word.toString());
        word.setLength(0);
        begun = false;
      }
    }
    if (quote != 0) {
      throw new IllegalArgumentException(
          "the command %s has a quote %s that is not closed".formatted(line, quote));
    }
    if (begun) {
      words.add(word.toString());
    }
    if (words.isEmpty()) {
      throw new IllegalArgumentException(
          "the command is empty; accepted: a program and its arguments");
    }
    return words;
  }
}
