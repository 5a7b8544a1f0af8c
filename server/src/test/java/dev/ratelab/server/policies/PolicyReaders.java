package dev.ratelab.server.policies;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.ActivePolicies;
import java.time.Duration;

/** Readers of policies for tests. */
final class PolicyReaders {
  private PolicyReaders() {}

  /** Policies on one limiter, wherever they say that their counters are. */
  static PolicySnapshot.Reader on(RateLimiter limiter) {
    return document -> {
      Configuration read = PolicyFile.read(document, Duration.ofSeconds(30), 1, true);
      return new PolicySnapshot(document, read, ActivePolicies.of(read.policies(), limiter));
    };
  }

  /** Policies that only tell what they are. */
  static PolicySnapshot.Reader any() {
    return on(RateLimiters.inMemory());
  }
}
