package dev.ratelab.bench.load;

import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;

/** The HTTP statuses that make an answer a proper one. */
public final class Statuses {
  /** Success, and 429: a denial is an answer. */
  public static final String DEFAULT = "2xx,429";

  private static final Pattern ONE = Pattern.compile("[1-5](xx|\\d\\d)");

  private final String text;
  private final BitSet proper = new BitSet();

  private Statuses(String text) {
    this.text = text;
  }

  /**
   * Reads a list such as {@value #DEFAULT}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Statuses parse(String text) {
    Statuses statuses = new Statuses(text);
    for (String part : List.of(text.split(",", -1))) {
      if (!ONE.matcher(part).matches()) {
        throw new IllegalArgumentException(
            "'%s' is no status; accepted: such as 200 or 2xx, several with commas between them"
                .formatted(part));
      }
      if (part.endsWith("xx")) {
        int first = (part.charAt(0) - '0') * 100;
        statuses.proper.set(first, first + 100);
      } else {
        statuses.proper.set(Integer.parseInt(part));
      }
    }
    return statuses;
  }

  /** Whether an answer with this status is a proper one. */
  public boolean contains(int status) {
    return proper.get(status);
  }

  @Override
  public String toString() {
    return text;
  }
}
