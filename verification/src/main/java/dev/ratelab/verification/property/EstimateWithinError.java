package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.oracle.Estimate;
import dev.ratelab.verification.oracle.History;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.math.BigInteger;
import java.util.List;

/**
 * Follows the history that the subject itself admitted: the estimate that its answers show is the catalogue's, and lies
 * within its bound around what the exact log counts.
 */
final class EstimateWithinError {
  private EstimateWithinError() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    BigInteger window = BigInteger.valueOf(scenario.rule().window());
    BigInteger limit = BigInteger.valueOf(scenario.rule().permits()).multiply(window);
    int buckets = scenario.oracle().buckets();
    History history = new History();
    for (int i = 0; i < decisions.size(); i++) {
      Arrival arrival = scenario.arrivals().get(i);
      BigInteger cost = BigInteger.valueOf(arrival.cost());
      Estimate before = Estimate.at(history, scenario.rule(), buckets, arrival.at());
      boolean fits = before.timesWindow().add(cost.multiply(window)).compareTo(limit) <= 0;
      if (decisions.get(i).allowed()) {
        history.add(arrival.at(), cost);
      }
      Estimate after = Estimate.at(history, scenario.rule(), buckets, arrival.at());
      BigInteger room = limit.subtract(after.timesWindow()).divide(window);
      String wrong = null;
      if (!before.isWithinItsError() || !after.isWithinItsError()) {
        wrong = "the estimate is further from the exact log's count than its bound: " + after;
      } else if (fits != decisions.get(i).allowed()) {
        wrong = "the estimate with its cost is %s the limit: %s"
            .formatted(fits ? "within" : "over", before);
      } else if (!room.equals(BigInteger.valueOf(decisions.get(i).remaining()))) {
        wrong = "the estimate leaves room for %s: %s".formatted(room, after);
      }
      if (wrong != null) {
        throw played.broken("%s: %s".formatted(i, wrong));
      }
    }
  }
}
