package dev.ratelab.verification.suite;

import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.VerifiedSubject;
import org.jspecify.annotations.Nullable;

/** A counterexample to be run again: the promise, what the property was given, and who broke it then. */
public record Replay(Property property, Scenario scenario, String subject) {

  /**
   * Checks the promise on a subject. Returns how it was broken, or null if it held.
   *
   * @throws IllegalArgumentException if it cannot be checked on the subject
   * @throws IllegalStateException if the subject's backend gave no answer
   */
  public @Nullable Violation on(VerifiedSubject implementation) {
    try {
      property.check(implementation, scenario);
      return null;
    } catch (Violation violation) {
      return violation;
    }
  }
}
