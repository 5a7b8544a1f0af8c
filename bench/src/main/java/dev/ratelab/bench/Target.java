package dev.ratelab.bench;

import dev.ratelab.limiter.Decision;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A subject that is ready to be called. Thread-safe.
 *
 * @param call asks once, with cost 1, for the key given, and waits for the answer
 * @param callAsync the same without waiting
 */
public record Target(
    Function<String, Object> call, Function<String, CompletionStage<?>> callAsync) {

  /**
   * The deadline of a call. Far longer than any healthy answer takes, so that a slow machine makes slow results and not
   * failures.
   */
  public static final Duration DEADLINE = Duration.ofSeconds(5);

  /** Whether an answer, or the lack of one, means that the backend did not decide. */
  public static boolean failed(@Nullable Object answer, @Nullable Throwable failure) {
    return failure != null || (answer instanceof Decision decision && decision.decidedBy() != null);
  }
}
