package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The arrival curve of what is admitted, and of what a leaky bucket lets out. */
final class AdmittedCurve {
  private AdmittedCurve() {}

  static void bounded(VerifiedSubject subject, Scenario scenario) {
    requireBound(Played.of(subject, scenario));
    requireBound(Played.of(subject, greedy(scenario)));
  }

  /** The scenario's instants, each with as much as can be admitted. */
  private static Scenario greedy(Scenario scenario) {
    Limit limit = scenario.policy().limit();
    List<Arrival> arrivals = new ArrayList<>();
    scenario.arrivals().stream()
        .mapToLong(Arrival::at)
        .distinct()
        .forEach(at -> arrivals.addAll(SpendingPlans.saturate(at, limit.burst(), limit.maxCost())));
    return scenario.with(arrivals);
  }

  /** Requires the bound of what was admitted, counted by the instants of the arrivals, in whatever order they came. */
  static void requireBound(Played played) {
    Scenario scenario = played.scenario();
    TreeMap<Long, BigInteger> admitted = new TreeMap<>();
    played
        .admitted()
        .forEach(arrival ->
            admitted.merge(arrival.at(), BigInteger.valueOf(arrival.cost()), BigInteger::add));
    Oracle oracle = scenario.oracle();
    admitted.forEach((from, ignored) -> {
      BigInteger sum = BigInteger.ZERO;
      for (Map.Entry<Long, BigInteger> entry : admitted.tailMap(from).entrySet()) {
        sum = sum.add(entry.getValue());
        long tau = entry.getKey() - from + 1;
        BigInteger bound = oracle.bound(tau);
        if (sum.compareTo(bound) > 0) {
          throw played.broken("admitted %s within the %s µs from %s on; the bound is %s"
              .formatted(sum, tau, from, bound));
        }
      }
    });
    if (scenario.policy().algorithm() == Algorithm.LEAKY_BUCKET) {
      requireOutputBound(played);
    }
  }

  /** A request's first unit leaves after its delay, the others one by one behind it, all before the next request's. */
  private static void requireOutputBound(Played played) {
    Scenario scenario = played.scenario();
    List<Decision> decisions = played.decisions();
    List<Arrival> outputs = new ArrayList<>();
    for (int i = 0; i < decisions.size(); i++) {
      if (decisions.get(i).allowed()) {
        Arrival arrival = scenario.arrivals().get(i);
        outputs.add(new Arrival(arrival.at() + decisions.get(i).delayMicros(), arrival.cost()));
      }
    }
    for (int first = 0; first < outputs.size(); first++) {
      long units = 0;
      for (int next = first; next < outputs.size(); next++) {
        long tau = outputs.get(next).at() - outputs.get(first).at() + 1;
        BigInteger bound = tau < 1 ? BigInteger.ZERO : scenario.oracle().outputBound(tau);
        if (BigInteger.valueOf(units + 1).compareTo(bound) > 0) {
          throw played.broken(
              "let %s units out within %s µs; the bound is %s".formatted(units + 1, tau, bound));
        }
        units += outputs.get(next).cost();
      }
    }
  }

  /**
   * Plays the arrivals that reach the bound. The scenario gives the policy, where to begin and, by its first cost, how
   * long an interval to look at.
   */
  static void tight(VerifiedSubject subject, Scenario scenario) {
    Scenario worst = worst(scenario);
    Played played = Played.of(subject, worst);
    BigInteger admitted = played.admitted().stream()
        .map(arrival -> BigInteger.valueOf(arrival.cost()))
        .reduce(BigInteger.ZERO, BigInteger::add);
    long first = worst.arrivals().get(0).at();
    long tau = worst.arrivals().get(worst.arrivals().size() - 1).at() - first + 1;
    BigInteger bound = worst.oracle().bound(tau);
    if (!admitted.equals(bound)) {
      throw played.broken("these arrivals reach the bound of %s within %s µs, but %s was admitted"
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
    Played played = Played.of(subject, burst);
    List<Decision> decisions = played.decisions();
    for (int i = 0; i < decisions.size(); i++) {
      long due = -Math.floorDiv(-i * limit.windowMicros(), limit.permits());
      if (!decisions.get(i).allowed() || decisions.get(i).delayMicros() != due) {
        throw played.broken("number %s is due after %s µs".formatted(i, due));
      }
    }
  }
}
