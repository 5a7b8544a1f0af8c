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
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A policy that has a lease, what its counters have in common, and what is said of one. */
final class LeasedPolicy {
  final Policy policy;
  final Lease lease;

  /** What is left of a deadline is rounded down to such a part, since many keep something for each policy that they see. */
  static final int PARTS = 8;

  /**
   * Borrows. A failure policy's answer must not be taken for a block, so this one fails closed. Its deadline is a part shorter, so that
   * who came a little before it was sent can wait for its answer.
   */
  final Policy lender;

  private final boolean queues;
  private final RequestHash counters;

  LeasedPolicy(Policy policy, KeyHash names) {
    this.policy = policy;
    lease = Objects.requireNonNull(policy.lease(), "a lease");
    lender = policy
        .withLease(null)
        .onFailure(FailurePolicy.FAIL_CLOSED)
        .withDeadline(
            part(policy).isZero() ? policy.deadline() : part(policy).multipliedBy(PARTS - 1));
    queues = policy.algorithm() == Algorithm.LEAKY_BUCKET;
    counters = RequestHash.of(
        names, "%s %s %s".formatted(policy.name(), policy.algorithm(), policy.limit()));
  }

  private static Duration part(Policy policy) {
    return policy.deadline().dividedBy(PARTS);
  }

  /**
   * A policy with what is left of this one's deadline, in whole parts; null if that is none.
   *
   * @param left in microseconds
   */
  @Nullable
  Policy inTime(Policy asked, long left) {
    Duration part = part(policy);
    long parts = part.isZero() ? 0 : Duration.of(left, ChronoUnit.MICROS).dividedBy(part);
    return parts <= 0 ? null : shorter(asked, part.multipliedBy(parts));
  }

  private static Policy shorter(Policy asked, Duration deadline) {
    return deadline.compareTo(asked.deadline()) < 0 ? asked.withDeadline(deadline) : asked;
  }

  /** When a borrow that is sent now is answered at the latest, in microseconds. */
  long due(long now) {
    return now + TimeUnit.NANOSECONDS.toMicros(lender.deadline().toNanos());
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
    return Decision.allow(
            policy.limit().permits(), counter.remaining(now) + elsewhere, counter.resetAfter(now))
        .delayedBy(delay);
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
