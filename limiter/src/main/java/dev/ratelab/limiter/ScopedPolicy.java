package dev.ratelab.limiter;

/**
 * A policy, what it keeps one counter for, and whether its answer counts.
 *
 * @param policy the rule
 * @param scope what is counted together
 * @param shadow whether it only shows what it would do: it decides and is charged for what it admits, and never denies
 */
public record ScopedPolicy(Policy policy, Scope scope, boolean shadow) {
  /** A policy that is enforced. */
  public ScopedPolicy(Policy policy, Scope scope) {
    this(policy, scope, false);
  }

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

  /** This policy in shadow, or enforced. */
  public ScopedPolicy withShadow(boolean other) {
    return new ScopedPolicy(policy, scope, other);
  }

  /**
   * This policy with another limit.
   *
   * @throws IllegalArgumentException if the algorithm does not take the limit's burst
   */
  public ScopedPolicy withLimit(Limit limit) {
    return new ScopedPolicy(policy.withLimit(limit), scope, shadow);
  }
}
