package dev.ratelab.limiter;

import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What made a call fail that somebody waited for. Public for this project's own modules only. */
public final class FailureCause {
  private FailureCause() {}

  /** The failure, or what it wraps where futures and stages put a wrapper around what they failed with. */
  public static Throwable of(Throwable failure) {
    Throwable cause = failure.getCause();
    boolean wraps = failure instanceof CompletionException || failure instanceof ExecutionException;
    return wraps && cause != null ? cause : failure;
  }

  /** What a cause says, or its class if it says nothing. */
  public static String told(Throwable cause) {
    return Objects.requireNonNullElseGet(
        cause.getMessage(), () -> cause.getClass().getSimpleName());
  }
}
