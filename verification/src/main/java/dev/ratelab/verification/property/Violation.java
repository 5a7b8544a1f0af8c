package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** A promise was broken. The message tells which, and what had happened up to there. */
public final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final transient Scenario scenario;
  private final transient List<Decision> decisions;

  private Violation(String message, String what, Scenario scenario, List<Decision> decisions) {
    super(message);
    this.what = what;
    this.scenario = scenario;
    this.decisions = decisions;
  }

  /** What is wrong, in a sentence. */
  public String what() {
    return what;
  }

  /** The history in which it shows: of the scenario that was checked, or of one that the property made from it. */
  public Scenario scenario() {
    return scenario;
  }

  /** What was decided in that history, one for each arrival, up to where it went wrong. */
  public List<Decision> decisions() {
    return decisions;
  }

  /**
   * A violation with its history.
   *
   * @param subject who broke the promise
   * @param scenario what arrived
   * @param decisions what was decided, one for each arrival
   * @param what what is wrong, in a sentence
   */
  static Violation of(
      VerifiedSubject subject, Scenario scenario, List<Decision> decisions, String what) {
    String message = "%s: %s%n  %s%n%s"
        .formatted(subject.name(), what, scenario.describe(), scenario.table(decisions));
    return new Violation(message, what, scenario, List.copyOf(decisions));
  }
}
