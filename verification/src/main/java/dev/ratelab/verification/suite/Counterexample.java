package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/**
 * A case in which a promise was broken.
 *
 * @param property the promise
 * @param scenario what the property was given: checking it again shows the fault again
 * @param subject who broke the promise
 * @param what what was wrong, in a sentence
 * @param shown the history in which it showed: the scenario's own, or one that the property made from it
 * @param decisions what was decided in that history, one for each arrival, up to where it went wrong
 */
public record Counterexample(
    Property property,
    Scenario scenario,
    String subject,
    String what,
    Scenario shown,
    List<Decision> decisions) {

  public Counterexample {
    decisions = List.copyOf(decisions);
  }

  static Counterexample of(
      Property property, Scenario scenario, VerifiedSubject subject, Violation violation) {
    return new Counterexample(
        property,
        scenario,
        subject.name(),
        violation.what(),
        violation.scenario(),
        violation.decisions());
  }
}
