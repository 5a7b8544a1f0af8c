package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.PolicyDecision;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The meters of one policy under one algorithm. They are looked up once, so that counting what a backend decided
 * allocates nothing.
 *
 * @param algorithm its id
 * @param outcomes a counter for each outcome that a decision can have
 * @param failures by who decided in the backend's place and why, a counter
 * @param duration how long decisions took
 */
record DecisionMeters(
    String algorithm,
    Map<CheckOutcome, Counter> outcomes,
    Map<Failure, Counter> failures,
    Timer duration) {
  record Failure(FailurePolicy decidedBy, FailureReason because) {}

  /** What an outcome is counted under that belongs to no policy. */
  private static final String NONE = "none";

  static DecisionMeters of(Meters all, String policy, String algorithm) {
    Meters meters = all.with("policy", policy, "algorithm", algorithm);
    Map<CheckOutcome, Counter> outcomes = new EnumMap<>(CheckOutcome.class);
    for (CheckOutcome outcome : CheckOutcome.values()) {
      if (outcome != CheckOutcome.REJECTED) {
        outcomes.put(outcome, checks(meters, outcome));
      }
    }
    Map<Failure, Counter> failures = new HashMap<>();
    for (FailurePolicy decidedBy : FailurePolicy.values()) {
      for (FailureReason because : FailureReason.values()) {
        failures.put(
            new Failure(decidedBy, because),
            meters
                .with("decided_by", label(decidedBy.id()), "because", label(because.id()))
                .counter(ServerMetric.FAILURES));
      }
    }
    Timer duration = meters.timer(ServerMetric.DECISION_DURATION);
    return new DecisionMeters(algorithm, outcomes, failures, duration);
  }

  /** Of checks that were bad input. */
  static Counter rejectedChecks(Meters all) {
    return checks(all.with("policy", NONE, "algorithm", NONE), CheckOutcome.REJECTED);
  }

  private static Counter checks(Meters meters, CheckOutcome outcome) {
    return meters.with("outcome", outcome.label()).counter(ServerMetric.CHECKS);
  }

  /** Words of labels are joined by underscores here, in answers by hyphens. */
  static String label(String id) {
    return id.replace('-', '_');
  }

  void ended(PolicyDecision own, boolean requestAllowed, long nanos) {
    Objects.requireNonNull(outcomes.get(CheckOutcome.of(own, requestAllowed))).increment();
    duration.record(nanos, TimeUnit.NANOSECONDS);
    Decision decision = own.decision();
    FailurePolicy decidedBy = decision.decidedBy();
    FailureReason because = decision.because();
    if (decidedBy != null && because != null) {
      Objects.requireNonNull(failures.get(new Failure(decidedBy, because))).increment();
    }
  }

  Stream<Meter> all() {
    return Stream.of(outcomes.values().stream(), failures.values().stream(), Stream.of(duration))
        .flatMap(meters -> meters);
  }
}
