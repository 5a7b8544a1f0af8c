package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** Plays the scenario once under each name. */
final class GcraIsTokenBucket {
  private GcraIsTokenBucket() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<Decision> gcra = scenario.with(Algorithm.GCRA).decide(subject);
    List<Decision> bucket = scenario.with(Algorithm.TOKEN_BUCKET).decide(subject);
    for (int i = 0; i < gcra.size(); i++) {
      if (!gcra.get(i).equals(bucket.get(i))) {
        throw Violation.of(
            subject, scenario, gcra, "%s: the token bucket says %s".formatted(i, bucket.get(i)));
      }
    }
  }
}
