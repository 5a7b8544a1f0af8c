package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import java.util.List;

/** A promise was broken. The message tells which, and what had happened up to there. */
public final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final transient Scenario scenario;
  private final transient List<Decision> decisions;

  Violation(Played played, String what) {
    super("%s: %s%n  %s%n%s"
        .formatted(
            played.subject().name(),
            what,
            played.scenario().describe(),
            played.scenario().table(played.decisions())));
    this.what = what;
    scenario = played.scenario();
    decisions = List.copyOf(played.decisions());
  }

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
}
