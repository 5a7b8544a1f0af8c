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
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      if (decision.remaining() < 0
          || decision.retryAfterMicros() < 0
          || decision.resetAfterMicros() < 0
          || decision.delayMicros() < 0) {
        throw played.broken("%s: a field is negative".formatted(i));
      }
    }
    AdmittedCurve.requireBound(played);
    for (int i : SpendingPlans.some(
        DENIALS,
        decisions.size(),
        index -> latest(scenario, index) > scenario.arrivals().get(index).at())) {
      requireNoLockOut(played, i);
    }
    List<Decision> java = scenario.decide(new TransitionSubject());
    if (!decisions.equals(java)) {
      throw played.broken("the Java transition says %s".formatted(java));
    }
  }

  private static long latest(Scenario scenario, int index) {
    return scenario.arrivals().subList(0, index + 1).stream()
        .mapToLong(Arrival::at)
        .max()
        .orElseThrow();
  }

  /** A request of cost 1 in place of one that found the clock behind. */
  private static void requireNoLockOut(Played played, int index) {
    Scenario scenario = played.scenario();
    long behind = scenario.arrivals().get(index).at();
    long latest = latest(scenario, index);
    Decision denied = last(played, index, behind);
    if (denied.allowed()) {
      return;
    }
    Decision caughtUp = last(played, index, latest);
    long most =
        latest - behind + Math.max(caughtUp.retryAfterMicros(), scenario.rule().window());
    if (denied.retryAfterMicros() > most) {
      throw played.broken("%s: with cost 1, the clock %s µs behind, it is locked out for %s µs"
          .formatted(index, latest - behind, denied.retryAfterMicros()));
    }
    if (!last(played, index, behind + denied.retryAfterMicros()).allowed()) {
      throw played.broken("%s: with cost 1, denied again after its retryAfter of %s µs"
          .formatted(index, denied.retryAfterMicros()));
    }
  }

  private static Decision last(Played played, int length, long at) {
    List<Arrival> arrivals = new ArrayList<>(played.scenario().arrivals().subList(0, length));
    arrivals.add(new Arrival(at, 1));
    List<Decision> decisions = played.scenario().with(arrivals).decide(played.subject());
    return decisions.get(decisions.size() - 1);
  }
}
