package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;

/** What makes a counter's state mean what it does: a policy's name, algorithm and limit. Another deadline is the same rule. */
final class Rule {
  private final Policy policy;
  private final int hash;
  final Transition<Object> transition;

  @SuppressWarnings("unchecked") // a cell under a rule holds only what its transition returned
  Rule(Policy policy) {
    this.policy = policy;
    transition = (Transition<Object>) Transition.of(policy.algorithm(), policy.limit());
    // Alike names and limits differ in few bits, which must reach those that a table looks at.
    hash = (31 * (31 * policy.name().hashCode() + policy.algorithm().id().hashCode())
            + policy.limit().hashCode())
        * 0x9E3779B9;
  }

  String name() {
    return policy.name();
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Rule rule
            && policy.name().equals(rule.policy.name())
            && policy.algorithm() == rule.policy.algorithm()
            && policy.limit().equals(rule.policy.limit()));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
