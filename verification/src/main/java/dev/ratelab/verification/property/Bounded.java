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

/** Measures the arrival curve of what was admitted. */
final class Bounded {
  private Bounded() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    requireBound(subject, scenario, scenario.decide(subject));
    Scenario greedy = greedy(scenario);
    requireBound(subject, greedy, greedy.decide(subject));
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
  static void requireBound(VerifiedSubject subject, Scenario scenario, List<Decision> decisions) {
    TreeMap<Long, BigInteger> admitted = new TreeMap<>();
    for (int i = 0; i < decisions.size(); i++) {
      if (decisions.get(i).allowed()) {
        Arrival arrival = scenario.arrivals().get(i);
        admitted.merge(arrival.at(), BigInteger.valueOf(arrival.cost()), BigInteger::add);
      }
    }
    Oracle oracle = scenario.oracle();
    admitted.forEach((from, ignored) -> {
      BigInteger sum = BigInteger.ZERO;
      for (Map.Entry<Long, BigInteger> entry : admitted.tailMap(from).entrySet()) {
        sum = sum.add(entry.getValue());
        long tau = entry.getKey() - from + 1;
        BigInteger bound = oracle.bound(tau);
        if (sum.compareTo(bound) > 0) {
          throw Violation.of(
              subject,
              scenario,
              decisions,
              "admitted %s within the %s µs from %s on; the bound is %s"
                  .formatted(sum, tau, from, bound));
        }
      }
    });
    if (scenario.policy().algorithm() == Algorithm.LEAKY_BUCKET) {
      requireOutputBound(subject, scenario, decisions);
    }
  }

  /** A request's first unit leaves after its delay, the others one by one behind it, all before the next request's. */
  private static void requireOutputBound(
      VerifiedSubject subject, Scenario scenario, List<Decision> decisions) {
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
          throw Violation.of(
              subject,
              scenario,
              decisions,
              "let %s units out within %s µs; the bound is %s".formatted(units + 1, tau, bound));
        }
        units += outputs.get(next).cost();
      }
    }
  }
}
