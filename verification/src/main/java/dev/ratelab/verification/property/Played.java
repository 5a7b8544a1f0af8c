package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;
import java.util.stream.IntStream;

/** A scenario and what a subject decided in it, one decision for each arrival. */
record Played(VerifiedSubject subject, Scenario scenario, List<Decision> decisions) {
  static Played of(VerifiedSubject subject, Scenario scenario) {
    return new Played(subject, scenario, scenario.decide(subject));
  }

  /** The arrivals that were admitted. */
  List<Arrival> admitted() {
    return IntStream.range(0, decisions.size())
        .filter(i -> decisions.get(i).allowed())
        .mapToObj(i -> scenario.arrivals().get(i))
        .toList();
  }

  Violation broken(String what) {
    return new Violation(this, what);
  }
}
