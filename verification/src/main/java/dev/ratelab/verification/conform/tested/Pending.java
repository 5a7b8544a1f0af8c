package dev.ratelab.verification.conform.tested;

import dev.ratelab.limiter.FailureCause;
import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Answers that are awaited, as {@link TestedLimiter#ask} promises them. */
final class Pending {
  /** No question is left open for longer. */
  static final long SECONDS = 10;

  private Pending() {}

  /** The same answer, or a failure that says what became of it: after {@value #SECONDS} seconds at the latest. */
  static <T> CompletableFuture<T> bounded(String target, CompletableFuture<T> answer) {
    CompletableFuture<T> bounded = new CompletableFuture<>();
    var unused = answer.orTimeout(SECONDS, TimeUnit.SECONDS).whenComplete((value, failure) -> {
      if (failure == null) {
        bounded.complete(value);
      } else {
        bounded.completeExceptionally(noAnswer(target, failure));
      }
    });
    return bounded;
  }

  /**
   * Waits for such an answer.
   *
   * @throws NoAnswerException if there is none
   */
  static <T> T join(CompletableFuture<T> bounded) {
    try {
      return bounded.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof NoAnswerException told ? told : e;
    }
  }

  private static NoAnswerException noAnswer(String target, Throwable failure) {
    Throwable cause = FailureCause.of(failure);
    if (cause instanceof NoAnswerException told) {
      return told;
    }
    return new NoAnswerException(
        cause instanceof TimeoutException
            ? "%s did not answer within %s seconds".formatted(target, SECONDS)
            : "%s did not answer: %s"
                .formatted(
                    target,
                    // The JDK's client says no more of a port that nobody listens on.
                    cause.getMessage() == null && cause instanceof ConnectException
                        ? "nothing takes connections there"
                        : FailureCause.told(cause)),
        cause);
  }
}
