package dev.ratelab.verification.conform.tested;

import org.jspecify.annotations.Nullable;

/** A target gave no answer, or none that can be read. The message is one sentence for the user. */
public final class NoAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says why. */
  public NoAnswerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
