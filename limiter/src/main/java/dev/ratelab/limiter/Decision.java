package dev.ratelab.limiter;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The whole answer to one check. All durations are whole microseconds, counted from the instant of the decision on the
 * clock that decided. Where a {@link Lease} decides, {@code remaining} and {@code resetAfter} are lower bounds, and {@code retryAfter} is the time
 * until this instance asks again: docs/leases.md.
 *
 * @param allowed whether the request was admitted, and so charged
 * @param limit the policy's permits per window
 * @param remaining how many more requests of cost 1 would be admitted at this same instant
 * @param retryAfterMicros 0 when allowed; otherwise the shortest wait after which the same request is admitted if
 *     nothing else arrives
 * @param resetAfterMicros the shortest silence after which the limiter behaves as if it had never been used
 * @param delayMicros how long to hold an admitted request back so that the output is smooth; only {@code leaky-bucket}
 *     sets it
 * @param decidedBy the failure policy that answered because the backend did not, or null when the backend decided
 * @param because why the backend did not decide; null when it did
 */
public record Decision(
    boolean allowed,
    long limit,
    long remaining,
    long retryAfterMicros,
    long resetAfterMicros,
    long delayMicros,
    @Nullable FailurePolicy decidedBy,
    @Nullable FailureReason because) {

  /** An admission without delay. */
  public static Decision allow(long limit, long remaining, long resetAfterMicros) {
    return new Decision(true, limit, remaining, 0, resetAfterMicros, 0, null, null);
  }

  /** A denial. */
  public static Decision deny(
      long limit, long remaining, long retryAfterMicros, long resetAfterMicros) {
    return new Decision(false, limit, remaining, retryAfterMicros, resetAfterMicros, 0, null, null);
  }

  /** The answer of a failure policy where nobody counts: who fails open allows, all others fail closed. */
  public static Decision undecided(long limit, FailurePolicy policy, FailureReason because) {
    boolean open = policy == FailurePolicy.FAIL_OPEN;
    return new Decision(
        open, limit, 0, 0, 0, 0, open ? policy : FailurePolicy.FAIL_CLOSED, because);
  }

  /** This decision as that of the local limiter which took over, its limit the local share. */
  public Decision decidedLocally(FailureReason reason) {
    return new Decision(
        allowed,
        limit,
        remaining,
        retryAfterMicros,
        resetAfterMicros,
        delayMicros,
        FailurePolicy.LOCAL,
        reason);
  }

  /** Whether somebody counted, the backend or the local limiter. If not, only {@code allowed} and {@code limit} mean anything. */
  public boolean counted() {
    return decidedBy == null || decidedBy == FailurePolicy.LOCAL;
  }

  /** This decision, the request to be held back by a delay in microseconds. */
  public Decision delayedBy(long micros) {
    if (micros == delayMicros) {
      return this;
    }
    return new Decision(
        allowed, limit, remaining, retryAfterMicros, resetAfterMicros, micros, decidedBy, because);
  }

  /** {@link #retryAfterMicros()} as a duration. */
  public Duration retryAfter() {
    return Duration.of(retryAfterMicros, ChronoUnit.MICROS);
  }

  /** {@link #resetAfterMicros()} as a duration. */
  public Duration resetAfter() {
    return Duration.of(resetAfterMicros, ChronoUnit.MICROS);
  }

  /** {@link #delayMicros()} as a duration. */
  public Duration delay() {
    return Duration.of(delayMicros, ChronoUnit.MICROS);
  }
}
