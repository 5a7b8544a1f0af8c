package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.memory.KeyHash;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import dev.ratelab.limiter.memory.RequestHash;
import java.util.Objects;

/** A policy that has a lease, what its counters have in common, and what is said of one. */
final class LeasedPolicy {
  final Policy policy;
  final Lease lease;

  /** Borrows. A failure policy's answer must not be taken for a block, so this one fails closed. */
  final Policy lender;

  private final boolean queues;
  private final RequestHash counters;

  LeasedPolicy(Policy policy, KeyHash names) {
    this.policy = policy;
    lease = Objects.requireNonNull(policy.lease(), "a lease");
    lender = policy.withLease(null).onFailure(FailurePolicy.FAIL_CLOSED);
    queues = policy.algorithm() == Algorithm.LEAKY_BUCKET;
    counters = RequestHash.of(
        names, "%s %s %s".formatted(policy.name(), policy.algorithm(), policy.limit()));
  }

  /** When the deadline ends of what is asked now, in microseconds. */
  long due(long now) {
    return now + policy.deadline().toNanos() / 1_000;
  }

  /** The counter of a request, the same for policies that share their counters. */
  Hashed counter(Scope scope, Request request) {
    return counters.of(scope, request);
  }

  /**
   * Spends what is borrowed.
   *
   * @return how long to hold the request back; below 0 if nothing is spent
   */
  long spend(LeasedCounter counter, long now, long cost) {
    if (queues) {
      return counter.spendInTurn(now, cost);
    }
    return counter.spend(now, cost) ? 0 : -1;
  }

  /**
   * What is admitted, or would be.
   *
   * @param elsewhere how much remains beside what is held
   */
  Decision allow(LeasedCounter counter, long now, long delay, long elsewhere) {
    Decision made = Decision.allow(
        policy.limit().permits(), counter.remaining(now) + elsewhere, counter.resetAfter(now));
    return delay == 0 ? made : made.delayedBy(delay);
  }

  /** What is denied without asking. */
  Decision deny(LeasedCounter counter, long now, long until) {
    return Decision.deny(
        policy.limit().permits(),
        counter.remaining(now),
        Math.max(1, until - now),
        counter.resetAfter(now));
  }
}
