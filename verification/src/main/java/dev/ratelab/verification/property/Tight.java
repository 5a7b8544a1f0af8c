package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Plays the arrivals that reach the bound. The scenario gives the policy, where to begin and, by its first cost, how
 * long an interval to look at.
 */
final class Tight {
  private Tight() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    Scenario worst = worst(scenario);
    List<Decision> decisions = worst.decide(subject);
    BigInteger admitted = BigInteger.ZERO;
    for (int i = 0; i < decisions.size(); i++) {
      if (decisions.get(i).allowed()) {
        admitted = admitted.add(BigInteger.valueOf(worst.arrivals().get(i).cost()));
      }
    }
    long first = worst.arrivals().get(0).at();
    long tau = worst.arrivals().get(worst.arrivals().size() - 1).at() - first + 1;
    BigInteger bound = worst.oracle().bound(tau);
    if (!admitted.equals(bound)) {
      throw Violation.of(
          subject,
          worst,
          decisions,
          "these arrivals reach the bound of %s within %s µs, but %s was admitted"
              .formatted(bound, tau, admitted));
    }
    if (worst.policy().algorithm() == Algorithm.LEAKY_BUCKET) {
      requireSteadyOutput(subject, worst);
    }
  }

  /** The amounts are the model's, and whether they add up to the bound is what is checked. */
  private static Scenario worst(Scenario scenario) {
    Limit limit = scenario.policy().limit();
    Arrival first = scenario.arrivals().get(0);
    double portion = (double) first.cost() / limit.maxCost();
    Oracle oracle = scenario.oracle();
    List<Arrival> arrivals = new ArrayList<>();
    for (long at : oracle.worst(first.at(), portion)) {
      List<Arrival> all = SpendingPlans.chunks(at, oracle.remaining(at), limit.maxCost());
      all.forEach(arrival -> oracle.check(arrival.at(), arrival.cost()));
      arrivals.addAll(all);
    }
    return scenario.with(arrivals);
  }

  /** Single requests in one instant leave one by one, T apart: no later than they must. */
  private static void requireSteadyOutput(VerifiedSubject subject, Scenario scenario) {
    Limit limit = scenario.policy().limit();
    long at = scenario.arrivals().get(0).at();
    List<Arrival> arrivals = new ArrayList<>();
    for (int i = 0; i < Math.min(limit.burst(), 20); i++) {
      arrivals.add(new Arrival(at, 1));
    }
    Scenario burst = scenario.with(arrivals);
    List<Decision> decisions = burst.decide(subject);
    for (int i = 0; i < decisions.size(); i++) {
      long due = -Math.floorDiv(-i * limit.windowMicros(), limit.permits());
      if (!decisions.get(i).allowed() || decisions.get(i).delayMicros() != due) {
        throw Violation.of(
            subject, burst, decisions, "number %s is due after %s µs".formatted(i, due));
      }
    }
  }
}
