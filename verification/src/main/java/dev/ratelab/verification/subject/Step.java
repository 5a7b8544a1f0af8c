package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Request;

/** One request: whose it is, its instant in microseconds, and its weight. */
public record Step(Caller caller, long at, long cost) {
  ScheduledRequest scheduled() {
    return new ScheduledRequest(
        caller.namespace(), at, Request.of(caller.policy(), caller.key(), cost));
  }
}
