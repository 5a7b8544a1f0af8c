package dev.ratelab.verification.property;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.ScheduledRequest;
import dev.ratelab.verification.subject.VerifiedSubject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Either all enforced policies of a request admit it and each is charged once, or none is charged: each policy's answers are those of
 * its own oracle, fed with what was admitted. One in shadow is charged for what it admits, and denies nobody.
 */
final class AllOrNone {
  private AllOrNone() {}

  static void check(VerifiedSubject subject, Scenario scenario) {
    List<RequestDecision> answers = scenario.answers((LimiterSubject) subject);
    List<ScheduledRequest> requests = scenario.requests();
    RequestOracle oracle = new RequestOracle();
    for (int i = 0; i < answers.size(); i++) {
      String wrong = wrong(answers.get(i), oracle.check(requests.get(i)));
      if (wrong != null) {
        throw Played.upTo(i, subject, scenario, answers).broken("%s: %s".formatted(i, wrong));
      }
    }
  }

  private static @Nullable String wrong(RequestDecision answer, List<OracleAnswer> expected) {
    boolean admits = true;
    for (int i = 0; i < expected.size(); i++) {
      PolicyDecision own = answer.policies().get(i);
      OracleAnswer actual = answer(own.decision());
      if (!actual.equals(expected.get(i))) {
        return "the policy %s says %s; the oracle says %s"
            .formatted(own.policy(), actual, expected.get(i));
      }
      admits &= own.shadow() || actual.allowed();
    }
    return answer.decision().allowed() == admits
        ? null
        : "the policies %s, and the request was %s"
            .formatted(admits ? "admit" : "deny", admits ? "denied" : "admitted");
  }

  static OracleAnswer answer(Decision decision) {
    return new OracleAnswer(
        decision.allowed(),
        decision.remaining(),
        decision.retryAfterMicros(),
        decision.resetAfterMicros(),
        decision.delayMicros());
  }
}
