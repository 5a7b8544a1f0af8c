package dev.ratelab.limiter;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request that one or several policies decide together: all of them admit it, or none is charged.
 *
 * @param tenant on whose behalf; any string, or null for none. Tenants never share a counter
 * @param key who is limited; any string
 * @param cost the request's weight, charged to each policy
 * @param policies those that decide, 1 to {@value #MAX_POLICIES}, no name twice
 */
public record Request(@Nullable String tenant, String key, long cost, List<ScopedPolicy> policies) {
  /** The most policies that can decide together. */
  public static final int MAX_POLICIES = 16;

  /**
   * Checks the policies and the cost.
   *
   * @throws IllegalArgumentException if there are no policies, too many, or one twice; if one counts per tenant and there is
   *     none; or if the cost is not 1 to {@link #maxCost}
   */
  public Request {
    policies = List.copyOf(policies);
    if (policies.isEmpty() || policies.size() > MAX_POLICIES) {
      throw new IllegalArgumentException("the request names %s policies; accepted: 1 to %s"
          .formatted(policies.size(), MAX_POLICIES));
    }
    if (policies.size() > 1) {
      requireDistinct(policies);
    }
    if (tenant == null) {
      requireNoTenantNeeded(policies);
    }
    long max = maxCost(policies);
    if (cost < 1 || cost > max) {
      throw new IllegalArgumentException("cost is %s; accepted: 1 to %s".formatted(cost, max));
    }
  }

  /** A request of one policy without a tenant. */
  public static Request of(ScopedPolicy policy, String key, long cost) {
    return new Request(null, key, cost, List.of(policy));
  }

  /** A request of one policy that counts each key, without a tenant. */
  public static Request of(Policy policy, String key, long cost) {
    return of(ScopedPolicy.perKey(policy), key, cost);
  }

  /** The largest cost that these policies can admit together. Those in shadow never stand in the way. */
  public static long maxCost(List<ScopedPolicy> policies) {
    long max = Limit.MAX_PERMITS;
    // By index, here and below: an iterator for each request was seen in a profile.
    for (int i = 0; i < policies.size(); i++) {
      ScopedPolicy policy = policies.get(i);
      if (!policy.shadow()) {
        max = Math.min(max, policy.policy().limit().maxCost());
      }
    }
    return max;
  }

  /** Whether a policy could ever admit the cost. All but those in shadow can. */
  public boolean asks(ScopedPolicy policy) {
    return cost <= policy.policy().limit().maxCost();
  }

  /** The policies to be asked: those that could ever admit the cost, in the request's order. */
  public List<ScopedPolicy> asked() {
    for (ScopedPolicy policy : policies) {
      if (!asks(policy)) {
        return policies.stream().filter(this::asks).toList();
      }
    }
    return policies;
  }

  /** The shortest deadline of the policies. */
  public Duration deadline() {
    Duration shortest = policies.get(0).policy().deadline();
    for (ScopedPolicy policy : policies) {
      Duration own = policy.policy().deadline();
      shortest = own.compareTo(shortest) < 0 ? own : shortest;
    }
    return shortest;
  }

  private static void requireDistinct(List<ScopedPolicy> policies) {
    Set<String> names = new HashSet<>();
    for (ScopedPolicy policy : policies) {
      if (!names.add(policy.name())) {
        throw new IllegalArgumentException(
            "the request names the policy '%s' twice; accepted: each once"
                .formatted(policy.name()));
      }
    }
  }

  private static void requireNoTenantNeeded(List<ScopedPolicy> policies) {
    for (int i = 0; i < policies.size(); i++) {
      ScopedPolicy policy = policies.get(i);
      if (policy.scope() == Scope.TENANT) {
        throw new IllegalArgumentException(
            "the policy '%s' counts per tenant; accepted: a request that names its tenant"
                .formatted(policy.name()));
      }
    }
  }
}
