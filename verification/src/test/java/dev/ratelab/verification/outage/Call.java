package dev.ratelab.verification.outage;

import dev.ratelab.limiter.Decision;

/**
 * One call and its answer.
 *
 * @param key who called
 * @param hot whether others call under that key too; if not, this call is the only one that can have charged it
 * @param nanos from the call to the answer
 * @param decision the answer
 */
record Call(String key, boolean hot, long nanos, Decision decision) {
  boolean decided() {
    return decision.decidedBy() == null;
  }

  boolean admitted() {
    return decided() && decision.allowed();
  }
}
