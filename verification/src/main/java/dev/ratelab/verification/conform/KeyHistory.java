package dev.ratelab.verification.conform;

import java.util.List;

/**
 * All that was seen of one key, or of two that should be apart.
 *
 * @param attack how it was asked
 * @param about what the two keys differ in, or how far off an instance's clock was; empty where there is nothing to say
 * @param seen by the instants of sending
 */
public record KeyHistory(Attack attack, String about, List<Observation> seen) {
  public KeyHistory {
    seen = List.copyOf(seen);
  }

  /** The same of these requests alone. */
  KeyHistory of(List<Observation> requests) {
    return new KeyHistory(attack, about, requests);
  }

  /** Whether some request got no answer. */
  boolean isUnanswered() {
    return seen.stream().anyMatch(one -> one.answer() == null);
  }
}
