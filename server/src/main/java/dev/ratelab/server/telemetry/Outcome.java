package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;

/** What became of a check: these values of a label, and no others. */
enum Outcome {
  ALLOWED("allowed"),
  DENIED("denied"),
  /** The policy would admit, but another one denied the request: nothing was charged. */
  UNCHARGED("uncharged"),
  FAILED_OPEN("failed_open"),
  FAILED_CLOSED("failed_closed"),
  /** Bad input, for which no limiter was asked. */
  REJECTED("rejected");

  private final String label;

  Outcome(String label) {
    this.label = label;
  }

  /** What became of a request. */
  static Outcome of(Decision decision) {
    FailurePolicy decidedBy = decision.decidedBy();
    if (decidedBy != null) {
      return decidedBy == FailurePolicy.FAIL_OPEN ? FAILED_OPEN : FAILED_CLOSED;
    }
    return decision.allowed() ? ALLOWED : DENIED;
  }

  /** What became of it for one of its policies. */
  static Outcome of(Decision own, boolean requestAllowed) {
    Outcome outcome = of(own);
    return outcome == ALLOWED && !requestAllowed ? UNCHARGED : outcome;
  }

  String label() {
    return label;
  }
}
