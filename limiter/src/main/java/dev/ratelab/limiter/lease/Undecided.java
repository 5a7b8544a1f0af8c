package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A request of one policy that was not decided at once. */
final class Undecided {
  /** So many borrows a request makes or waits for. */
  private static final int MOST_BORROWS = 2;

  /** What is left of a deadline is rounded down to such a part, since many keep something for each policy that they see. */
  private static final int PARTS = 8;

  final Request request;
  final LeasedPolicy policy;
  final Hashed counter;
  final CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
  private final long began;
  private int borrows;

  /**
   * A request that has just come.
   *
   * @param began when, in microseconds
   */
  Undecided(Request request, LeasedPolicy policy, Hashed counter, long began) {
    this.request = request;
    this.policy = policy;
    this.counter = counter;
    this.began = began;
  }

  ScopedPolicy asked() {
    return request.policies().get(0);
  }

  /** Whether there may be one more borrow for it. To be asked before each. */
  boolean mayBorrow() {
    return borrows++ < MOST_BORROWS;
  }

  /** When its deadline ends. */
  long due() {
    return policy.due(began);
  }

  /** A policy with what is left of this request's deadline; null if that is too little to ask anybody. */
  @Nullable
  Policy inTime(Policy asked, long now) {
    Duration whole = policy.policy.deadline();
    if (borrows <= 1) {
      return asked;
    }
    Duration part = whole.dividedBy(PARTS);
    long parts = part.isZero() ? 0 : Duration.of(due() - now, ChronoUnit.MICROS).dividedBy(part);
    return parts <= 0 ? null : asked.withDeadline(part.multipliedBy(Math.min(parts, PARTS)));
  }

  /** The request with what is left of its deadline; null if that is too little to ask anybody. */
  @Nullable
  Request inTime(long now) {
    Policy left = inTime(policy.policy, now);
    return left == null ? null : with(left, request.cost());
  }

  private Request with(Policy other, long cost) {
    return new Request(
        request.tenant(),
        request.key(),
        cost,
        List.of(new ScopedPolicy(other, asked().scope(), asked().shadow())));
  }
}
