package dev.ratelab.server.policies;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.memory.StoreBound;
import java.util.Locale;

/** Where counters are kept. */
public enum Backend {
  REDIS,
  MEMORY;

  /**
   * Checks that a policy's counters can be kept here.
   *
   * @throws IllegalArgumentException if memory has no room for a log of the limit, or the policy has a lease in memory
   */
  public void requireServed(Policy policy) {
    if (this == MEMORY) {
      StoreBound.requireRoom(policy.algorithm(), policy.limit());
      if (policy.lease() != null) {
        throw new IllegalArgumentException(
            "a lease is borrowed from Redis, and this policy is in memory; accepted: no lease");
      }
    }
  }

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Backend of(String id) {
    return valueOf(id.toUpperCase(Locale.ROOT));
  }
}
