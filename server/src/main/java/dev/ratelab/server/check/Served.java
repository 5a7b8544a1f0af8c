package dev.ratelab.server.check;

import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.http.Rejection;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What a server decides.
 *
 * @param policies what requests can name
 * @param limiters by the name of each policy, who decides it; policies with the same one can decide together
 * @param tenants whether requests may name a tenant
 */
public record Served(PolicySet policies, Map<String, RateLimiter> limiters, boolean tenants) {
  /** All policies on one limiter. */
  public static Served of(PolicySet policies, RateLimiter limiter) {
    return new Served(
        policies,
        policies.all().stream().collect(Collectors.toMap(ScopedPolicy::name, policy -> limiter)),
        true);
  }

  /** Any limiter of one policy. It knows keys only. */
  public static Served of(PolicyLimiter limiter) {
    PolicySet policies = PolicySet.of(ScopedPolicy.perKey(limiter.policy()));
    return new Served(policies, Map.of(limiter.policy().name(), RateLimiter.of(limiter)), false);
  }

  /**
   * Who decides a request.
   *
   * @throws Rejection 422 if there is no one who decides all of its policies
   */
  public RateLimiter limiter(Request request) {
    ScopedPolicy first = request.policies().get(0);
    RateLimiter limiter = limiter(first);
    for (ScopedPolicy policy : request.policies()) {
      if (limiter(policy) != limiter) {
        throw new Rejection(
            Rejection.UNPROCESSABLE_CONTENT,
            "the policies '%s' and '%s' have different backends; accepted together: policies of one backend"
                .formatted(first.name(), policy.name()));
      }
    }
    return limiter;
  }

  private RateLimiter limiter(ScopedPolicy policy) {
    return Objects.requireNonNull(limiters.get(policy.name()), "each policy has a limiter");
  }
}
