package dev.ratelab.bench.load;

import org.jspecify.annotations.Nullable;

/**
 * Which answers over HTTP are proper ones.
 *
 * @param statuses that they have
 * @param headBytes how long their status line may be, and their header fields together
 * @param not what no proper body holds, in ASCII, or null if bodies are not looked at
 */
public record ProperAnswers(
    Statuses statuses, int headBytes, @Nullable String not) {
  /** The longest head unless another is asked for, in bytes. */
  public static final int HEAD_BYTES = 1 << 16;

  /** Any with these statuses. */
  public static ProperAnswers of(Statuses statuses) {
    return new ProperAnswers(statuses, HEAD_BYTES, null);
  }

  /** Of these only those whose body does not hold a text. */
  ProperAnswers unless(String text) {
    return new ProperAnswers(statuses, headBytes, text);
  }
}
