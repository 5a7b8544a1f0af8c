package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.Footprint;
import dev.ratelab.verification.subject.Inspectable;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** Leaves the denied requests out: nothing else may change. Where the store can be seen, it must not change either. */
final class DeniedCostsNothing {
  private DeniedCostsNothing() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    Played played = Played.of(subject, scenario);
    List<Decision> decisions = played.decisions();
    if (subject instanceof Inspectable store) {
      requireUnchanged(store, played);
    }
    List<Arrival> arrivals = played.admitted();
    List<Decision> admissions = decisions.stream().filter(Decision::allowed).toList();
    if (arrivals.isEmpty()) {
      throw played.broken("nothing was admitted at all");
    }
    List<Decision> alone = scenario.with(arrivals).decide(subject);
    if (!alone.equals(admissions)) {
      throw played.broken(
          "without the denied requests, those admitted get other answers: %s".formatted(alone));
    }
  }

  private static void requireUnchanged(Inspectable store, Played played) {
    List<Footprint> footprints = store.inspect(played.scenario().steps());
    for (int i = 0; i < footprints.size(); i++) {
      Footprint footprint = footprints.get(i);
      if (!footprint.decision().allowed() && footprint.changed()) {
        throw played.broken(
            "%s: was denied and changed the stored state or its expiry".formatted(i));
      }
    }
  }
}
