package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.ScopedPolicy;

/** One policy's part in a request of several. */
final class LeasedShare {
  final ScopedPolicy asked;
  final LeasedPolicy policy;
  final Borrower borrower;
  final boolean lacks;
  final long refusedUntil;
  long delay;

  private LeasedShare(
      ScopedPolicy asked,
      LeasedPolicy policy,
      Borrower borrower,
      boolean lacks,
      long refusedUntil) {
    this.asked = asked;
    this.policy = policy;
    this.borrower = borrower;
    this.lacks = lacks;
    this.refusedUntil = refusedUntil;
  }

  static LeasedShare of(
      ScopedPolicy asked, LeasedPolicy policy, Borrower borrower, long now, long cost) {
    boolean lacks = borrower.counter.remaining(now) < cost;
    long refusedUntil = lacks ? borrower.counter.refusedUntil(now, cost) : now;
    return new LeasedShare(asked, policy, borrower, lacks, refusedUntil);
  }

  Decision decision(long now) {
    return refusedUntil > now
        ? policy.deny(borrower.counter, now, refusedUntil)
        : policy.allow(borrower.counter, now, delay, 0);
  }
}
