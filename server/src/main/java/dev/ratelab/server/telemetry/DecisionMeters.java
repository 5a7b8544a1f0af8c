package dev.ratelab.server.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The meters of one policy under one algorithm. They are looked up once, so that counting a decision allocates nothing.
 *
 * @param algorithm its id
 * @param outcomes a counter for each outcome that a decision can have
 * @param duration how long decisions took
 */
record DecisionMeters(String algorithm, Map<Outcome, Counter> outcomes, Timer duration) {
  void ended(Outcome outcome, long nanos) {
    Objects.requireNonNull(outcomes.get(outcome)).increment();
    duration.record(nanos, TimeUnit.NANOSECONDS);
  }
}
