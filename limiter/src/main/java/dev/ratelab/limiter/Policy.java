package dev.ratelab.limiter;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A named rule: which algorithm, which limit, and what happens when the backend does not answer.
 *
 * @param name 1 to 64 of {@code A-Z a-z 0-9 . _ -}, not {@code .} or {@code ..}; part of every Redis key, so that policies never share a counter
 * @param algorithm the algorithm that decides
 * @param limit what it admits
 * @param onFailure who answers when the backend does not
 * @param deadline the longest that a check may wait for a backend, over 0 and at most an hour; memory needs none
 * @param lease how an instance may borrow from its counters on Redis, or null if each request asks Redis
 */
public record Policy(
    String name,
    Algorithm algorithm,
    Limit limit,
    FailurePolicy onFailure,
    Duration deadline,
    @Nullable Lease lease) {
  /** The deadline unless another is set: a quarter of a second. */
  public static final Duration DEFAULT_DEADLINE = Duration.ofMillis(250);

  private static final Duration MAX_DEADLINE = Duration.ofHours(1);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  /**
   * Checks the name, the deadline, that a burst or buckets are set only where the algorithm has them, and that the limit can grant
   * the lease.
   *
   * @throws IllegalArgumentException if one of them is not accepted
   */
  public Policy {
    requireName("policy", name);
    if (deadline.isZero() || deadline.isNegative() || deadline.compareTo(MAX_DEADLINE) > 0) {
      throw new IllegalArgumentException(
          "deadline is %s; accepted: over 0, at most an hour".formatted(DurationText.of(deadline)));
    }
    if (!algorithm.usesBurst() && limit.burst() != limit.permits()) {
      throw new IllegalArgumentException(
          "%s has no burst; accepted by token-bucket, gcra and leaky-bucket".formatted(algorithm));
    }
    if (!algorithm.usesBuckets() && limit.buckets() != Limit.DEFAULT_BUCKETS) {
      throw new IllegalArgumentException(
          "%s has no buckets; accepted by sliding-window-buckets".formatted(algorithm));
    }
    if (lease != null) {
      requireGranted(lease, limit);
    }
  }

  /** A policy without a lease. */
  public Policy(
      String name, Algorithm algorithm, Limit limit, FailurePolicy onFailure, Duration deadline) {
    this(name, algorithm, limit, onFailure, deadline, null);
  }

  /** A policy that fails closed after {@link #DEFAULT_DEADLINE}. */
  public static Policy of(String name, Algorithm algorithm, Limit limit) {
    return new Policy(name, algorithm, limit, FailurePolicy.FAIL_CLOSED, DEFAULT_DEADLINE);
  }

  /** This policy with another failure policy. */
  public Policy onFailure(FailurePolicy other) {
    return new Policy(name, algorithm, limit, other, deadline, lease);
  }

  /** This policy with another deadline. */
  public Policy withDeadline(Duration other) {
    return new Policy(name, algorithm, limit, onFailure, other, lease);
  }

  /** This policy with another lease, or none. */
  public Policy withLease(@Nullable Lease other) {
    return new Policy(name, algorithm, limit, onFailure, deadline, other);
  }

  /**
   * This policy with another limit, its lease cut to what that can grant.
   *
   * @throws IllegalArgumentException if the algorithm does not take the limit's burst or buckets
   */
  public Policy withLimit(Limit other) {
    return new Policy(
        name, algorithm, other, onFailure, deadline, lease == null ? null : lease.within(other));
  }

  private static void requireGranted(Lease lease, Limit limit) {
    if (lease.permits() > limit.maxCost()) {
      throw new IllegalArgumentException(
          "the lease's permits are %s; accepted: at most %s, what the limit admits at once"
              .formatted(lease.permits(), limit.maxCost()));
    }
    if (lease.micros() > limit.windowMicros()) {
      throw new IllegalArgumentException("the lease's time is %s; accepted: at most the window, %s"
          .formatted(DurationText.of(lease.time()), DurationText.of(limit.window())));
    }
  }

  /**
   * Checks a name that becomes part of a Redis key: no separator and no brace can get in, so that no two names can ever
   * build the same key, and the only hash tag is ours. {@code .} and {@code ..} are no names, since clients take them out of paths.
   *
   * @throws IllegalArgumentException if it is not accepted
   */
  public static void requireName(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "%s is '%s'; accepted: 1 to 64 of A-Z a-z 0-9 . _ -".formatted(what, name));
    }
    if (name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException(
          "%s is '%s'; accepted: a name that is no step of a path".formatted(what, name));
    }
  }
}
