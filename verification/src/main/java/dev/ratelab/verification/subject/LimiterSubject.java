package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import java.util.List;

/** A subject that is a whole limiter: it decides requests of several policies and tenants. */
public interface LimiterSubject extends VerifiedSubject {
  /**
   * Decides on the requests in their order, each at its instant, from an empty state.
   *
   * @throws IllegalStateException if the backend gave no answer
   */
  List<RequestDecision> answer(List<ScheduledRequest> requests);

  /** As {@link #answer}, without waiting for answers in between: a backend may decide several in one call. */
  default List<RequestDecision> answerTogether(List<ScheduledRequest> requests) {
    return answer(requests);
  }

  /** An instance that borrows from a limiter in which this subject decides. */
  default RateLimiter borrowing(RateLimiter backend, TimeSource time) {
    return RateLimiters.leased(backend, RequestDecision::undecided, time);
  }

  @Override
  default List<Decision> decide(List<Step> steps) {
    return answerTogether(steps.stream().map(Step::scheduled).toList()).stream()
        .map(RequestDecision::decision)
        .toList();
  }
}
