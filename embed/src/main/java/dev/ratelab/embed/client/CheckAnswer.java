package dev.ratelab.embed.client;

import dev.ratelab.limiter.Decision;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link Check}.
 *
 * @param decision what was decided. Where the server did not answer, the client's own failure policy decided, and the limit is 0
 *     since it is not known
 * @param deniedBy of several policies the one to wait for; null where one decided, or all admitted
 * @param policies of several policies what each of them answers, by its name, those in shadow left out; empty where one decided
 * @param failure why the server gave no answer, or null if it did
 */
public record CheckAnswer(
    Decision decision,
    @Nullable String deniedBy,
    Map<String, Decision> policies,
    @Nullable String failure) {
  /** Whether the request may pass. */
  public boolean allowed() {
    return decision.allowed();
  }
}
