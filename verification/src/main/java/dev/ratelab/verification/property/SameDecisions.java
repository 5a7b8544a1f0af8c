package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** Compares decisions, field by field. */
final class SameDecisions {
  private SameDecisions() {}

  static void asOracle(VerifiedSubject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    Oracle oracle = scenario.oracle();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = scenario.arrivals().get(i);
      OracleAnswer expected = oracle.check(arrival.at(), arrival.cost());
      Decision decision = decisions.get(i);
      OracleAnswer actual = AllOrNone.answer(decision);
      if (!actual.equals(expected) || decision.limit() != scenario.rule().permits()) {
        throw new Played(subject, scenario, decisions.subList(0, i + 1))
            .broken("%s: the oracle says %s".formatted(i, expected));
      }
    }
  }

  static void underBothNames(VerifiedSubject subject, Scenario scenario) {
    List<Decision> gcra = scenario.with(Algorithm.GCRA).decide(subject);
    List<Decision> bucket = scenario.with(Algorithm.TOKEN_BUCKET).decide(subject);
    for (int i = 0; i < gcra.size(); i++) {
      if (!gcra.get(i).equals(bucket.get(i))) {
        throw new Played(subject, scenario, gcra)
            .broken("%s: the token bucket says %s".formatted(i, bucket.get(i)));
      }
    }
  }
}
