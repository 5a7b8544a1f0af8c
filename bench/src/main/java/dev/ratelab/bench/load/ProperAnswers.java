package dev.ratelab.bench.load;

import java.util.BitSet;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which answers over HTTP are proper ones.
 *
 * @param text the list of the statuses that they have
 * @param headBytes how long their status line may be, and their header fields together
 * @param not what no proper body holds, in ASCII, or null if bodies are not looked at
 */
public record ProperAnswers(
    String text, BitSet statuses, int headBytes, @Nullable String not) {
  /** Success, and 429: a denial is an answer. */
  public static final String STATUSES = "2xx,429";

  /** The longest head unless another is asked for, in bytes. */
  public static final int HEAD_BYTES = 1 << 16;

  private static final Pattern ONE = Pattern.compile("[1-5](xx|\\d\\d)");

  /**
   * Any with the statuses of a list such as {@value #STATUSES}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static ProperAnswers of(String text) {
    BitSet statuses = new BitSet();
    for (String part : List.of(text.split(",", -1))) {
      if (!ONE.matcher(part).matches()) {
        throw new IllegalArgumentException(
            "'%s' is no status; accepted: such as 200 or 2xx, several with commas between them"
                .formatted(part));
      }
      int first = Integer.parseInt(part.replace('x', '0'));
      statuses.set(first, part.endsWith("xx") ? first + 100 : first + 1);
    }
    return new ProperAnswers(text, statuses, HEAD_BYTES, null);
  }

  /** Of these only those with a head of at most so many bytes. */
  public ProperAnswers within(int bytes) {
    return new ProperAnswers(text, statuses, bytes, not);
  }

  /** Of these only those whose body does not hold a text. */
  ProperAnswers unless(String undecided) {
    return new ProperAnswers(text, statuses, headBytes, undecided);
  }
}
