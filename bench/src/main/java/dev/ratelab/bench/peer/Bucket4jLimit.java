package dev.ratelab.bench.peer;

import dev.ratelab.limiter.Limit;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;

/** A limit in Bucket4j's words. */
final class Bucket4jLimit {
  private Bucket4jLimit() {}

  static Bandwidth of(Limit limit) {
    // It refuses more than one token a nanosecond.
    long permits = Math.min(limit.permits(), limit.window().toNanos());
    return Bandwidth.builder()
        .capacity(limit.burst())
        .refillGreedy(permits, limit.window())
        .build();
  }

  static BucketConfiguration configuration(Limit limit) {
    return BucketConfiguration.builder().addLimit(of(limit)).build();
  }
}
