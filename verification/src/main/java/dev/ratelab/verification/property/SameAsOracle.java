package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** Compares every field of every decision with the model's. */
final class SameAsOracle {
  private SameAsOracle() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    Oracle oracle = scenario.oracle();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = scenario.arrivals().get(i);
      OracleAnswer expected = oracle.check(arrival.at(), arrival.cost());
      Decision decision = decisions.get(i);
      OracleAnswer actual = AllOrNone.answer(decision);
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
