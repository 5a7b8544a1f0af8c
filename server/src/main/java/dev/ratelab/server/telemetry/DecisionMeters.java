package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.PolicyDecision;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
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
