package dev.ratelab.verification.joint;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.verification.oracle.Answer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Either all policies of a request admit it and are charged, or none is: field by field the decisions of the model, of the policies
 * that were asked alone afterwards too. Those in shadow never deny it.
 */
public final class AllOrNone {
  private AllOrNone() {}

  /**
   * Plays requests whose times do not fall.
   *
   * @param limiters makes the limiter under test, on the clock that it is given
   * @return the first decision that is not the model's, or nothing
   */
  public static Optional<String> contradiction(
      Function<TimeSource, RateLimiter> limiters, List<JointArrival> arrivals) {
    AtomicLong clock = new AtomicLong();
    JointOracle oracle = new JointOracle();
    try (RateLimiter limiter = limiters.apply(clock::get)) {
      for (int i = 0; i < arrivals.size(); i++) {
        JointArrival arrival = arrivals.get(i);
        clock.set(arrival.at());
        RequestDecision decision = limiter.check(arrival.request());
        List<Answer> actual = decision.policies().stream()
            .map(PolicyDecision::decision)
            .map(AllOrNone::answer)
            .toList();
        List<Answer> expected = oracle.check(arrival);
        if (!actual.equals(expected)) {
          return Optional.of("%s: %s%n  was answered %s%n  the model says %s"
              .formatted(i, arrival, decision, expected));
        }
        if (decision.decision().allowed() != allowed(arrival, expected)) {
          return Optional.of(
              "%s: %s%n  was answered as a whole %s".formatted(i, arrival, decision.decision()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean allowed(JointArrival arrival, List<Answer> answers) {
    List<ScopedPolicy> policies = arrival.request().policies();
    return IntStream.range(0, answers.size())
        .allMatch(i -> policies.get(i).shadow() || answers.get(i).allowed());
  }

  private static Answer answer(Decision decision) {
    return new Answer(
        decision.allowed(),
        decision.remaining(),
        decision.retryAfterMicros(),
        decision.resetAfterMicros(),
        decision.delayMicros());
  }
}
