package dev.ratelab.embed;

import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks any limiter about an adapter's requests. The limiter stays the caller's to close. */
public final class RequestLimiter<R> {
  private static final Logger LOG = LoggerFactory.getLogger(RequestLimiter.class);

  private final RateLimiter limiter;
  private final RequestPolicies<? super R> policies;

  private RequestLimiter(RateLimiter limiter, RequestPolicies<? super R> policies) {
    this.limiter = limiter;
    this.policies = policies;
  }

  /** Charges each request 1 on its key, under one policy. */
  public static <R> RequestLimiter<R> of(
      RateLimiter limiter, Policy policy, RequestKey<? super R> key) {
    ScopedPolicy perKey = ScopedPolicy.perKey(policy);
    return new RequestLimiter<>(limiter, request -> {
      String charged = key.of(request);
      return charged == null ? null : Request.of(perKey, charged, 1);
    });
  }

  /** Charges each request as the caller says: several policies, a tenant, a cost. */
  public static <R> RequestLimiter<R> of(RateLimiter limiter, RequestPolicies<? super R> policies) {
    return new RequestLimiter<>(limiter, policies);
  }

  /** Decides on a request, waiting for a backend at most the shortest deadline of its policies. */
  public Verdict check(R request) {
    Request asked = policies.of(request);
    if (asked == null) {
      return Verdict.UNLIMITED;
    }
    RequestDecision decision;
    try {
      decision = limiter.check(asked);
    } catch (RuntimeException e) {
      decision = failed(asked, e);
    }
    return Verdict.of(asked, decision);
  }

  /** Decides on a request without blocking the caller. Never completes exceptionally. */
  public CompletionStage<Verdict> checkAsync(R request) {
    Request asked = policies.of(request);
    if (asked == null) {
      return CompletableFuture.completedFuture(Verdict.UNLIMITED);
    }
    CompletionStage<RequestDecision> decision;
    try {
      decision = limiter.checkAsync(asked);
    } catch (RuntimeException e) {
      decision = CompletableFuture.failedFuture(e);
    }
    return decision.handle((made, failure) ->
        Verdict.of(asked, failure == null && made != null ? made : failed(asked, failure)));
  }

  /** A limiter answers for its backend and never throws; one that does is taken for a backend that failed. */
  private static RequestDecision failed(Request asked, @Nullable Throwable failure) {
    LOG.error("the limiter failed where it must answer", failure);
    return RequestDecision.undecided(asked, FailureReason.UNAVAILABLE);
  }
}
