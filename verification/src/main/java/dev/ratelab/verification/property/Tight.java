package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.verification.oracle.Bound;
import dev.ratelab.verification.subject.Subject;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/**
 * Plays the arrivals that reach the bound. The scenario gives the policy, where to begin and, by its first cost, how
 * long an interval to look at.
 */
final class Tight {
  private Tight() {}

  static void check(Subject subject, Scenario scenario) {
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
    BigInteger bound = Bound.admitted(worst.algorithm(), worst.rule(), tau);
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

  private static Scenario worst(Scenario scenario) {
    Limit limit = scenario.policy().limit();
    long window = limit.windowMicros();
    long at = scenario.arrivals().get(0).at();
    long edge = (at / window + 1) * window;
    double portion = (double) scenario.arrivals().get(0).cost() / limit.maxCost();
    return switch (scenario.policy().algorithm()) {
      case FIXED_WINDOW -> scenario.with(everyWindow(limit, edge - 1, edge));
      case SLIDING_WINDOW_LOG -> scenario.with(everyWindow(limit, at, at + window));
      case SLIDING_WINDOW_COUNTER -> scenario.with(asTheWeightDecays(limit, edge, portion));
      case TOKEN_BUCKET, GCRA, LEAKY_BUCKET -> scenario.with(asTheBucketFills(limit, at, portion));
    };
  }

  /** All of the limit at one instant, at the next one that has room for it, and at a third a window after. */
  private static List<Arrival> everyWindow(Limit limit, long first, long second) {
    return List.of(
        new Arrival(first, limit.permits()),
        new Arrival(second, limit.permits()),
        new Arrival(second + limit.windowMicros(), limit.permits()));
  }

  /** All of the limit in a window's last instant, then what the decaying weight has made room for. */
  private static List<Arrival> asTheWeightDecays(Limit limit, long edge, double portion) {
    long elapsed = (long) (portion * (limit.windowMicros() - 1));
    long room = limit.permits() * elapsed / limit.windowMicros();
    Arrival all = new Arrival(edge - 1, limit.permits());
    return room == 0 ? List.of(all) : List.of(all, new Arrival(edge + elapsed, room));
  }

  /** The whole burst at once, then what has come back, before the bucket would be full again. */
  private static List<Arrival> asTheBucketFills(Limit limit, long at, double portion) {
    List<Arrival> arrivals = new ArrayList<>(Arrivals.chunks(at, limit.burst(), limit.maxCost()));
    long fill = limit.burst() * limit.windowMicros() / limit.permits();
    // Not beyond a window, so that what has come back is at most N and no product overflows.
    long pause = (long) (portion * Math.min(fill, limit.windowMicros()));
    long refilled = limit.permits() * pause / limit.windowMicros();
    arrivals.addAll(Arrivals.chunks(at + pause, refilled, limit.maxCost()));
    return arrivals;
  }

  /** Single requests in one instant leave one by one, T apart: no later than they must. */
  private static void requireSteadyOutput(Subject subject, Scenario scenario) {
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
