package dev.ratelab.verification.property;

import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;

/** Requests that one call decides are decided field by field as if each had been a call of its own. */
final class BatchedAsSingle {
  private BatchedAsSingle() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    LimiterSubject limiter = (LimiterSubject) subject;
    List<RequestDecision> single = limiter.answer(scenario.requests());
    List<RequestDecision> batched = limiter.answerTogether(scenario.requests());
    for (int i = 0; i < single.size(); i++) {
      if (!batched.get(i).equals(single.get(i))) {
        throw Played.upTo(i, subject, scenario, batched)
            .broken("%s: in a batch %s; alone %s".formatted(i, batched.get(i), single.get(i)));
      }
    }
  }
}
