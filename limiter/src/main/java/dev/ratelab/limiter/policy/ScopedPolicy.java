package dev.ratelab.limiter.policy;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;

/**
 * A policy and what it keeps one counter for.
 *
 * @param policy the rule
 * @param scope what is counted together
 */
public record ScopedPolicy(Policy policy, Scope scope) {
  /** A policy that counts each key by itself. */
  public static ScopedPolicy perKey(Policy policy) {
    return new ScopedPolicy(policy, Scope.KEY);
  }

  /** A policy that counts all keys of a tenant together. */
  public static ScopedPolicy perTenant(Policy policy) {
    return new ScopedPolicy(policy, Scope.TENANT);
  }

  /** The policy's name. */
  public String name() {
    return policy.name();
  }

  /**
   * This policy with another limit.
   *
   * @throws IllegalArgumentException if the algorithm does not take the limit's burst
   */
  public ScopedPolicy withLimit(Limit limit) {
    return new ScopedPolicy(
        new Policy(policy.name(), policy.algorithm(), limit, policy.onFailure(), policy.deadline()),
        scope);
  }
}
