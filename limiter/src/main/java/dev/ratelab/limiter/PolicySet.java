package dev.ratelab.limiter;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The policies that requests can name, what decides those that name none, and the limits of tenants that have their own.
 * Immutable.
 */
public final class PolicySet {
  private final Map<String, ScopedPolicy> policies;
  private final Map<String, Map<String, ScopedPolicy>> tenants;
  private final List<String> defaults;
  /** What these are for whoever has no limits of its own. */
  private final List<ScopedPolicy> commonDefaults;

  private PolicySet(
      Map<String, ScopedPolicy> policies,
      Map<String, Map<String, ScopedPolicy>> tenants,
      List<String> defaults) {
    this.policies = policies;
    this.tenants = tenants;
    this.defaults = defaults;
    commonDefaults = named(null, defaults);
  }

  /**
   * A set of policies.
   *
   * @param policies at least one, no name twice
   * @param defaults the names of those that decide a request which names none, at least one
   * @param overrides by tenant and policy, the limits that replace the policy's own
   * @throws IllegalArgumentException if that does not hold, or an override names an unknown policy, or one that has no burst
   *     gets one
   */
  public static PolicySet of(
      Collection<ScopedPolicy> policies,
      List<String> defaults,
      Map<String, Map<String, Limit>> overrides) {
    Map<String, ScopedPolicy> byName = new LinkedHashMap<>();
    for (ScopedPolicy policy : policies) {
      if (byName.put(policy.name(), policy) != null) {
        throw new IllegalArgumentException(
            "the policy '%s' is there twice; accepted: each once".formatted(policy.name()));
      }
    }
    Map<String, Map<String, ScopedPolicy>> tenants = new LinkedHashMap<>();
    overrides.forEach((tenant, limits) -> {
      Map<String, ScopedPolicy> own = new LinkedHashMap<>();
      limits.forEach((name, limit) -> own.put(name, named(byName, name).withLimit(limit)));
      tenants.put(tenant, own);
    });
    PolicySet set = new PolicySet(byName, tenants, List.copyOf(defaults));
    if (set.defaults.isEmpty()) {
      throw new IllegalArgumentException("there is no default policy; accepted: at least one");
    }
    return set;
  }

  /** One policy, which decides every request. */
  public static PolicySet of(ScopedPolicy policy) {
    return of(List.of(policy), List.of(policy.name()), Map.of());
  }

  /** All policies, in the order given, as they are for tenants without limits of their own. */
  public Collection<ScopedPolicy> all() {
    return List.copyOf(policies.values());
  }

  /** The names of the policies that decide a request which names none. */
  public List<String> defaults() {
    return defaults;
  }

  /** The tenants that have limits of their own. */
  public Collection<String> tenants() {
    return List.copyOf(tenants.keySet());
  }

  /**
   * The policies of these names as they are for a tenant.
   *
   * @param tenant any string, or null for none
   * @param names no names for the defaults
   * @throws IllegalArgumentException if there is no such policy; the message lists those there are, and no tenant
   */
  public List<ScopedPolicy> resolve(@Nullable String tenant, List<String> names) {
    Map<String, ScopedPolicy> own = tenant == null ? null : tenants.get(tenant);
    if (own == null && names.isEmpty()) {
      return commonDefaults;
    }
    return named(own, names.isEmpty() ? defaults : names);
  }

  private List<ScopedPolicy> named(@Nullable Map<String, ScopedPolicy> own, List<String> wanted) {
    ScopedPolicy[] found = new ScopedPolicy[wanted.size()];
    for (int i = 0; i < found.length; i++) {
      ScopedPolicy policy = named(policies, wanted.get(i));
      ScopedPolicy override = own == null ? null : own.get(policy.name());
      found[i] = override == null ? policy : override;
    }
    // A list that a request takes as it is: it would copy that of a stream, which may hold nulls.
    return List.of(found);
  }

  private static ScopedPolicy named(Map<String, ScopedPolicy> policies, String name) {
    ScopedPolicy policy = policies.get(name);
    if (policy == null) {
      throw new IllegalArgumentException("unknown policy '%s'; accepted: %s"
          .formatted(name, String.join(", ", policies.keySet())));
    }
    return policy;
  }
}
