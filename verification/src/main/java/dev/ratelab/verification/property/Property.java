package dev.ratelab.verification.property;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.subject.Inspectable;
import dev.ratelab.verification.subject.LimiterSubject;
import dev.ratelab.verification.subject.VerifiedSubject;

/** The promises, by the names of the catalogue. Each can be checked on any subject with any scenario that it accepts. */
public enum Property {
  /** E(τ) never exceeds the catalogue's curve, for what arrives and for as much as fits at the same instants. */
  BOUND("Bound", AdmittedCurve::bounded),
  /** A sequence that reaches the curve is admitted. */
  TIGHTNESS("Tightness", AdmittedCurve::tight),
  /** A new key admits any cost, and after resetAfter of silence, no sooner, a used one behaves as new. */
  NO_NEEDLESS_DENIAL("No needless denial", PromisedWaits::resetAfter),
  /** The same request is admitted at t + retryAfter and denied a microsecond earlier. */
  RETRY_AFTER("retryAfter is exact", PromisedWaits::retryAfter),
  /** Exactly so many more requests of cost 1 are admitted at the same instant. */
  REMAINING("remaining is true", SpendingAgain::remaining),
  /** A denied request leaves the stored state, its expiry and all later decisions as they were. */
  DENIED_COSTS_NOTHING("Denied costs nothing", DeniedCostsNothing::check),
  /** Traffic on another key, tenant or policy changes nothing. */
  ISOLATION("Isolation", Isolation::check),
  /** Cost c is admitted exactly when c requests of cost 1 at once are. */
  COST_ADDITIVITY("Cost additivity", SpendingAgain::inPieces),
  /** State is kept as long as it counts, and no longer. */
  MEMORY("Memory", StateExpires::check),
  /** An estimate is the catalogue's, and off the exact log's count by no more than its two-sided bound. */
  ESTIMATE("Estimate against truth", EstimateWithinError::check),
  /** Field by field the decisions of the oracle. */
  ORACLE("Java = Lua = oracle", SameDecisions::asOracle),
  /** GCRA and the token bucket decide alike, field by field. */
  GCRA_IS_TOKEN_BUCKET("GCRA = token bucket", SameDecisions::underBothNames),
  /** No exception, nothing negative, the bound on the clock's own readings, no long lock-out; and as in Java. */
  CLOCK_GOING_BACK("Clock going back", ClockGoingBack::check),
  /** All policies of a request admit it and are charged, or none is; those in shadow deny nobody; tenants share nothing. */
  ALL_OR_NONE("All or none", AllOrNone::check),
  /** What one call decides together is decided as in calls of its own. */
  BATCHED_AS_SINGLE("Batched = single", BatchedAsSingle::check),
  /** Instances with leases admit what docs/lease-bounds.md says, whatever goes wrong, and lose no more than it says. */
  LEASE_BOUND("Lease bound", LeaseBound::check);

  private interface Body {
    void check(VerifiedSubject subject, Scenario scenario);
  }

  private final String title;

  @SuppressWarnings("ImmutableEnumChecker") // a static method, which has no state
  private final Body body;

  Property(String title, Body body) {
    this.title = title;
    this.body = body;
  }

  public String title() {
    return title;
  }

  /** Whether the promise is about this algorithm. */
  public boolean accepts(Algorithm algorithm) {
    return switch (this) {
      case ESTIMATE -> Oracle.of(algorithm.id(), new OracleRule(1, 1, 1)).buckets() > 0;
      case GCRA_IS_TOKEN_BUCKET -> algorithm == Algorithm.GCRA;
      default -> true;
    };
  }

  /** Whether its scenarios hold requests of several policies and tenants. */
  public boolean asksSeveral() {
    return this == ALL_OR_NONE || this == BATCHED_AS_SINGLE;
  }

  /** Whether it can be checked on a subject: {@link #MEMORY} looks into the store; those that ask several policies, or borrow, need a limiter. */
  public boolean accepts(VerifiedSubject subject) {
    return switch (this) {
      case MEMORY -> subject instanceof Inspectable;
      case ALL_OR_NONE, BATCHED_AS_SINGLE, LEASE_BOUND -> subject instanceof LimiterSubject;
      default -> true;
    };
  }

  /** Whether its scenarios' policies have leases. */
  public boolean borrows() {
    return this == LEASE_BOUND;
  }

  /** Whether its scenarios may hold times that fall; all others need times that do not. */
  public boolean allowsClockGoingBack() {
    return this == CLOCK_GOING_BACK;
  }

  /**
   * Checks the promise.
   *
   * @throws Violation if it does not hold
   * @throws IllegalArgumentException if it does not accept the scenario's algorithm or the subject
   */
  public void check(VerifiedSubject subject, Scenario scenario) {
    if (!accepts(scenario.policy().algorithm()) || !accepts(subject)) {
      throw new IllegalArgumentException("'%s' cannot be checked for %s on %s"
          .formatted(title, scenario.policy().algorithm(), subject.name()));
    }
    body.check(subject, scenario);
  }

  @Override
  public String toString() {
    return title;
  }
}
