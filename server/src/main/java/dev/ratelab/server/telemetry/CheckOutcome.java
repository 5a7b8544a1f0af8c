package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.PolicyDecision;
import java.util.Locale;

/** What became of a check: these values of a label, and no others. */
enum CheckOutcome {
  ALLOWED,
  DENIED,
  /** The policy would admit, but another one denied the request: nothing was charged. */
  UNCHARGED,
  /** The policy would deny, but only shows what it would do. */
  SHADOW_DENIED,
  FAILED_OPEN,
  FAILED_CLOSED,
  /** The backend did not decide, and the local limiter admitted. */
  FAILED_LOCAL_ALLOWED,
  /** The backend did not decide, and the local limiter denied. */
  FAILED_LOCAL_DENIED,
  /** Bad input, for which no limiter was asked. */
  REJECTED;

  static CheckOutcome of(Decision decision) {
    FailurePolicy decidedBy = decision.decidedBy();
    if (decidedBy == null) {
      return decision.allowed() ? ALLOWED : DENIED;
    }
    return switch (decidedBy) {
      case FAIL_OPEN -> FAILED_OPEN;
      case FAIL_CLOSED -> FAILED_CLOSED;
      case LOCAL -> decision.allowed() ? FAILED_LOCAL_ALLOWED : FAILED_LOCAL_DENIED;
    };
  }

  /** What became of it for one of its policies. */
  static CheckOutcome of(PolicyDecision own, boolean requestAllowed) {
    CheckOutcome outcome = of(own.decision());
    if (outcome == DENIED && own.shadow()) {
      return SHADOW_DENIED;
    }
    return outcome == ALLOWED && !requestAllowed ? UNCHARGED : outcome;
  }

  /** Whether a request can end so; the others are outcomes of one policy among several. */
  boolean ofRequests() {
    return this != UNCHARGED && this != SHADOW_DENIED;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
