package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.TransitionSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.ArrayList;
import java.util.List;

/**
 * What still holds when the clock has stepped back. The bound is counted on the clock's own readings. Nobody waits
 * longer than the step, and then as long as at the latest reading before it or one window, whichever is more.
 */
final class ClockGoingBack {
  private static final int DENIALS = 2;

  private ClockGoingBack() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Decision> decisions = scenario.decide(subject);
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      if (decision.remaining() < 0
          || decision.retryAfterMicros() < 0
          || decision.resetAfterMicros() < 0
          || decision.delayMicros() < 0) {
        throw Violation.of(subject, scenario, decisions, "%s: a field is negative".formatted(i));
      }
    }
    Bounded.requireBound(subject, scenario, decisions);
    for (int i :
        SpendingPlans.some(DENIALS, decisions.size(), index -> isBehind(scenario, index))) {
      requireNoLockOut(subject, scenario, decisions, i);
    }
    List<Decision> java = scenario.decide(new TransitionSubject());
    if (!decisions.equals(java)) {
      throw Violation.of(subject, scenario, decisions, "the Java transition says " + java);
    }
  }

  private static boolean isBehind(Scenario scenario, int index) {
    return latest(scenario, index) > scenario.arrivals().get(index).at();
  }

  private static long latest(Scenario scenario, int index) {
    return scenario.arrivals().subList(0, index + 1).stream()
        .mapToLong(Arrival::at)
        .max()
        .orElseThrow();
  }

  /** A request of cost 1 in place of one that found the clock behind. */
  private static void requireNoLockOut(
      VerifiedSubject subject, Scenario scenario, List<Decision> decisions, int index) {
    long behind = scenario.arrivals().get(index).at();
    long latest = latest(scenario, index);
    Decision denied = last(subject, scenario, index, behind);
    if (denied.allowed()) {
      return;
    }
    Decision caughtUp = last(subject, scenario, index, latest);
    long most =
        latest - behind + Math.max(caughtUp.retryAfterMicros(), scenario.rule().window());
    if (denied.retryAfterMicros() > most) {
      throw Violation.of(
          subject,
          scenario,
          decisions,
          "%s: with cost 1, the clock %s µs behind, it is locked out for %s µs"
              .formatted(index, latest - behind, denied.retryAfterMicros()));
    }
    if (!last(subject, scenario, index, behind + denied.retryAfterMicros()).allowed()) {
      throw Violation.of(
          subject,
          scenario,
          decisions,
          "%s: with cost 1, denied again after its retryAfter of %s µs"
              .formatted(index, denied.retryAfterMicros()));
    }
  }

  private static Decision last(VerifiedSubject subject, Scenario scenario, int length, long at) {
    List<Arrival> arrivals = new ArrayList<>(scenario.arrivals().subList(0, length));
    arrivals.add(new Arrival(at, 1));
    List<Decision> decisions = scenario.with(arrivals).decide(subject);
    return decisions.get(decisions.size() - 1);
  }
}
