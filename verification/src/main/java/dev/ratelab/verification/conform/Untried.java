package dev.ratelab.verification.conform;

import dev.ratelab.verification.conform.tested.TestedLimiter.Ability;
import org.jspecify.annotations.Nullable;

/**
 * A part of a trial that failed for a cause that is no fault of the limiter's count: what was seen before and after it counts.
 *
 * @param part a few words
 * @param ability what had to be asked for, null where that is none
 * @param why one clause
 */
public record Untried(String part, @Nullable Ability ability, String why) {
  @Override
  public String toString() {
    return part + ": " + why;
  }
}
