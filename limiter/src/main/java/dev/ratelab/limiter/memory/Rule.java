package dev.ratelab.limiter.memory;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.memory.KeyHash.Hashed;

/** What makes a counter's state mean what it does: a policy's name, algorithm and limit. Another deadline is the same rule. */
final class Rule {
  final Policy policy;
  final Transition<Object> transition;

  /** 128 bits that are the same for equal rules of one store, and mixed into the hash of each key. */
  final long low;

  final long high;

  @SuppressWarnings("unchecked") // a store holds under a rule only what its transition returned
  Rule(Policy policy, KeyHash hash) {
    this.policy = policy;
    transition = (Transition<Object>) Transition.of(policy.algorithm(), policy.limit());
    Hashed own = hash.of("%s %s %s".formatted(policy.name(), policy.algorithm(), policy.limit()));
    low = own.low();
    high = own.high();
  }

  String name() {
    return policy.name();
  }

  Limit limit() {
    return policy.limit();
  }
}
