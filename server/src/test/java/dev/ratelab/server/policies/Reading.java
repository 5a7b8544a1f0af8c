package dev.ratelab.server.policies;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.server.check.Served;
import java.time.Duration;

/** Readers of policies for tests. */
final class Reading {
  private Reading() {}

  /** Policies on one limiter, wherever they say that their counters are. */
  static Loaded.Reader on(RateLimiter limiter) {
    return document -> {
      Configuration read = PolicyFile.read(document, Duration.ofSeconds(30), 1, true);
      return new Loaded(document, read, Served.of(read.policies(), limiter));
    };
  }

  /** Policies that only tell what they are. */
  static Loaded.Reader any() {
    return on(RateLimiters.inMemory());
  }
}
