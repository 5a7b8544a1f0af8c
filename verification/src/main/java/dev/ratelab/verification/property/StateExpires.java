package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.Footprint;
import dev.ratelab.verification.subject.Inspectable;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** After each admission the state has a life that covers resetAfter and stays within the catalogue's table. */
final class StateExpires {
  /** Redis keeps expiries in whole milliseconds. */
  private static final long RESOLUTION = 1_000;

  private StateExpires() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Footprint> footprints = ((Inspectable) subject).inspect(scenario.steps());
    List<Decision> decisions = footprints.stream().map(Footprint::decision).toList();
    Played played = new Played(subject, scenario, decisions);
    long longest = scenario.oracle().longestLife();
    for (int i = 0; i < footprints.size(); i++) {
      if (!decisions.get(i).allowed()) {
        continue;
      }
      long life = footprints.get(i).lifeMicros();
      if (life < decisions.get(i).resetAfterMicros() || life > longest + RESOLUTION) {
        throw played.broken(
            "%s: its state is kept for %s; it counts for %s µs, and the longest life is %s µs"
                .formatted(
                    i,
                    life == Footprint.FOREVER ? "ever" : life + " µs",
                    decisions.get(i).resetAfterMicros(),
                    longest));
      }
    }
  }
}
