package dev.ratelab.server.check;

import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.http.Rejection;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What a server decides: the policies that requests can name, and by the name of each the limiter that decides it. */
public record ActivePolicies(PolicySet policies, Map<String, RateLimiter> limiters) {
  /** All policies on one limiter. */
  public static ActivePolicies of(PolicySet policies, RateLimiter limiter) {
    return new ActivePolicies(
        policies,
        policies.all().stream().collect(Collectors.toMap(ScopedPolicy::name, policy -> limiter)));
  }

  /** Who decides a request. Throws a {@link Rejection} with 422 where its policies have different backends. */
  public RateLimiter limiter(Request request) {
    ScopedPolicy first = request.policies().get(0);
    RateLimiter limiter = limiter(first);
    for (int i = 1; i < request.policies().size(); i++) {
      ScopedPolicy policy = request.policies().get(i);
      if (limiter(policy) != limiter) {
        throw new Rejection(
            422,
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
