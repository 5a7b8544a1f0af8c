package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.Subject;
import java.util.List;

/** A promise was broken. The message tells which, and what had happened up to there. */
public final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  private Violation(String message) {
    super(message);
  }

  /**
   * A violation with its history.
   *
   * @param subject who broke the promise
   * @param scenario what arrived
   * @param decisions what was decided, one for each arrival
   * @param what what is wrong, in a sentence
   */
  static Violation of(Subject subject, Scenario scenario, List<Decision> decisions, String what) {
    StringBuilder text = new StringBuilder();
    text.append(
        "%s: %s%n  %s%n".formatted(subject.name(), what, Scenario.describe(scenario.policy())));
    text.append("   #               at (µs)            gap         cost  decision%n".formatted());
    long before = scenario.arrivals().get(0).at();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = scenario.arrivals().get(i);
      text.append("%4d %21d %+14d %12d  %s%n"
          .formatted(
              i, arrival.at(), arrival.at() - before, arrival.cost(), text(decisions.get(i))));
      before = arrival.at();
    }
    return new Violation(text.toString());
  }

  private static String text(Decision decision) {
    String fields = "remaining %d, resets after %d"
        .formatted(decision.remaining(), decision.resetAfterMicros());
    if (!decision.allowed()) {
      return "denied, retry after %d, %s".formatted(decision.retryAfterMicros(), fields);
    }
    return decision.delayMicros() == 0
        ? "allowed, " + fields
        : "allowed, delay %d, %s".formatted(decision.delayMicros(), fields);
  }
}
