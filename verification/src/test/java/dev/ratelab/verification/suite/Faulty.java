package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.subject.TransitionSubject;

/** An off-by-one in the limit, wherever the domain has room for it. */
final class Faulty {
  static final TransitionSubject SUBJECT = new TransitionSubject(
      "java with a fault", policy -> Transition.of(policy.algorithm(), oneMore(policy.limit())));

  private Faulty() {}

  private static Limit oneMore(Limit limit) {
    long more = limit.permits() + 1;
    return more <= Limit.MAX_PERMITS && more <= Limit.MAX_PRODUCT / limit.windowMicros()
        ? new Limit(more, limit.windowMicros(), more)
        : limit;
  }
}
