package dev.ratelab.embed;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.policy.JointDecision;
import dev.ratelab.limiter.policy.JointRateLimiter;
import dev.ratelab.limiter.policy.JointRequest;
import dev.ratelab.limiter.policy.ScopedPolicy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks any limiter about an adapter's requests. The limiter stays the caller's to close.
 *
 * @param <R> the adapter's type of request
 */
public final class Gate<R> {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

  private final JointRateLimiter limiter;
  private final RequestPolicies<? super R> policies;

  private Gate(JointRateLimiter limiter, RequestPolicies<? super R> policies) {
    this.limiter = limiter;
    this.policies = policies;
  }

  /** Charges each request 1 on its key. */
  public static <R> Gate<R> of(RateLimiter limiter, RequestKey<? super R> key) {
    ScopedPolicy policy = ScopedPolicy.perKey(limiter.policy());
    return new Gate<>(JointRateLimiter.of(limiter), request -> {
      String charged = key.of(request);
      return charged == null ? null : new JointRequest(null, charged, 1, List.of(policy));
    });
  }

  /** Charges each request as the caller says: several policies, a tenant, a cost. */
  public static <R> Gate<R> of(JointRateLimiter limiter, RequestPolicies<? super R> policies) {
    return new Gate<>(limiter, policies);
  }

  /** Decides on a request, waiting for a backend at most the shortest deadline of its policies. */
  public Verdict check(R request) {
    JointRequest asked = policies.of(request);
    if (asked == null) {
      return Verdict.UNLIMITED;
    }
    JointDecision decision;
    try {
      decision = limiter.check(asked);
    } catch (RuntimeException e) {
      decision = failed(asked, e);
    }
    return Verdict.of(asked, decision);
  }

  /**
   * Decides on a request without blocking the caller.
   *
   * @return never completes exceptionally
   */
  public CompletionStage<Verdict> checkAsync(R request) {
    JointRequest asked = policies.of(request);
    if (asked == null) {
      return CompletableFuture.completedFuture(Verdict.UNLIMITED);
    }
    CompletionStage<JointDecision> decision;
    try {
      decision = limiter.checkAsync(asked);
    } catch (RuntimeException e) {
      decision = CompletableFuture.failedFuture(e);
    }
    return decision.handle((made, failure) ->
        Verdict.of(asked, failure == null && made != null ? made : failed(asked, failure)));
  }

  /** A limiter answers for its backend and never throws; one that does is taken for a backend that failed. */
  private static JointDecision failed(JointRequest asked, @Nullable Throwable failure) {
    LOG.error("the limiter failed where it must answer", failure);
    return JointDecision.undecided(asked, FailureReason.UNAVAILABLE);
  }
}
