package dev.ratelab.limiter.lease;

import java.util.concurrent.atomic.LongAdder;

/** What a {@link LeasedRateLimiter} tells of itself, since its start. */
final class LeaseStatistics {
  /** Requests that were admitted here. */
  final LongAdder admitted = new LongAdder();

  /** Requests that were denied here. */
  final LongAdder denied = new LongAdder();

  /** Decisions that the backend was asked for. */
  final LongAdder asked = new LongAdder();

  /** Permits. */
  final LongAdder borrowed = new LongAdder();
}
