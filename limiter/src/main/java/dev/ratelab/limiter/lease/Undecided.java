package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A request of one policy that was not decided at once. */
final class Undecided {
  final Request request;
  final LeasedPolicy policy;
  final Hashed counter;
  final CompletableFuture<RequestDecision> answer = new CompletableFuture<>();
  private final long began;
  private int borrows;
  private boolean late;

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
    return borrows++ < LeasedCounter.MOST_BORROWS;
  }

  /** It has to wait before it is asked. */
  void waits() {
    late = true;
  }

  /** When its deadline ends. */
  long due() {
    return began + TimeUnit.NANOSECONDS.toMicros(policy.policy.deadline().toNanos());
  }

  /** A policy with what is left of this request's deadline, to be asked now; null if that is too little. */
  @Nullable
  Policy inTime(Policy asked, long now) {
    if (!late) {
      late = true;
      return asked;
    }
    return policy.inTime(asked, due() - now);
  }

  /** The request with what is left of its deadline, to be asked now; null if that is too little. */
  @Nullable
  Request inTime(long now) {
    Policy left = inTime(policy.policy, now);
    return left == null ? null : with(left);
  }

  private Request with(Policy other) {
    return new Request(
        request.tenant(),
        request.key(),
        request.cost(),
        List.of(new ScopedPolicy(other, asked().scope(), asked().shadow())));
  }
}
