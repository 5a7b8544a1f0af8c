package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.Answer;
import org.jspecify.annotations.Nullable;

/**
 * One request as the tester saw it. The decision happened somewhere in {@code [sent, answered]}.
 *
 * @param key whose request it was
 * @param instance which instance was asked, 0 for the first
 * @param cost its weight
 * @param sent microseconds from the run's start, on the tester's monotone clock
 * @param answered as {@code sent}; where there was no answer, when it was no longer waited for
 * @param answer what was told, or null if there was no answer: then it may have been admitted or not, or be decided still
 * @param problem why there was no answer, or null
 */
public record Observation(
    String key,
    int instance,
    long cost,
    long sent,
    long answered,
    @Nullable Answer answer,
    @Nullable String problem) {

  /** Whether it surely was admitted. */
  public boolean admitted() {
    return answer != null && answer.allowed();
  }

  /** Whether it surely was denied. */
  public boolean denied() {
    return answer != null && !answer.allowed();
  }

  /** The latest instant at which it may have been decided. */
  long latest() {
    return answer == null ? Long.MAX_VALUE : answered;
  }

  /** When it was about decided: good enough for a name, not for an accusation. */
  long middle() {
    return sent + (answered - sent) / 2;
  }
}
