package dev.ratelab.verification.property;

import dev.ratelab.verification.subject.Caller;
import dev.ratelab.verification.subject.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request of a scenario.
 *
 * @param at when, in microseconds
 * @param cost its weight
 * @param tenant on whose behalf, or null
 * @param key who asks
 * @param policies which of the scenario's policies decide, by their numbers from 0
 */
public record Arrival(
    long at, long cost, @Nullable String tenant, String key, List<Integer> policies) {
  /** The key of the scenarios that have one. */
  static final String KEY = "k";

  private static final List<Integer> FIRST = List.of(0);

  public Arrival {
    policies = List.copyOf(policies);
  }

  /** A request on the scenario's one key, of its first policy. */
  public Arrival(long at, long cost) {
    this(at, cost, null, KEY, FIRST);
  }

  /** The same as a step of a caller's. */
  public Step by(Caller caller) {
    return new Step(caller, at, cost);
  }

  /** Whether it is on the scenario's one key, of its first policy. */
  boolean isPlain() {
    return tenant == null && key.equals(KEY) && policies.equals(FIRST);
  }
}
