package dev.ratelab.limiter.failure;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;

/**
 * What one of k instances may admit by itself while no backend adds up what they admit.
 *
 * <p>Permits and burst are divided by k and rounded down, but never below 1; so k instances together admit at most what one limit
 * would in each of the bounds of docs/algorithms.md, or k where that is less than k. The burst is rounded down further where
 * the rounded permits would take longer to refill it than the limit's own do. A leaky bucket admits one more than its burst into an
 * empty bucket, so it is that sum which is divided; its burst is at least 1 too, and so 2 its least share.
 */
final class LocalShare {
  private LocalShare() {}

  /**
   * The share of a policy's limit.
   *
   * @param instances k, over 0
   */
  static Limit of(Policy policy, int instances) {
    Limit limit = policy.limit();
    long permits = Math.max(1, limit.permits() / instances);
    long burst = policy.algorithm() == Algorithm.LEAKY_BUCKET
        ? (limit.burst() + 1) / instances - 1
        : limit.burst() / instances;
    // Both factors are at most 10^9.
    long asFast = limit.burst() * permits / limit.permits();
    return new Limit(
        permits,
        limit.windowMicros(),
        policy.algorithm().usesBurst() ? Math.max(1, Math.min(burst, asFast)) : permits,
        limit.buckets());
  }
}
