package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.oracle.Answer;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.subject.Subject;
import java.util.List;

/** Compares every field of every decision with the model's. */
final class SameAsOracle {
  private SameAsOracle() {}

  static void check(Subject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    Oracle oracle = scenario.oracle();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = scenario.arrivals().get(i);
      Answer expected = oracle.check(arrival.at(), arrival.cost());
      Decision decision = decisions.get(i);
      Answer actual = AllOrNone.answer(decision);
      if (!actual.equals(expected) || decision.limit() != scenario.rule().permits()) {
        throw Violation.of(
            subject,
            scenario,
            decisions.subList(0, i + 1),
            "%s: the oracle says %s".formatted(i, expected));
      }
    }
  }
}
