package dev.ratelab.embed.client;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to ask the server.
 *
 * @param tenant on whose behalf, or null for none
 * @param key who is limited; any string
 * @param cost the request's weight, from 1 on
 * @param policies the names of those that decide; none for the server's default
 */
public record Check(@Nullable String tenant, String key, long cost, List<String> policies) {
  public Check {
    policies = List.copyOf(policies);
  }

  /** A check of cost 1 by the server's default policies. */
  public static Check of(String key) {
    return new Check(null, key, 1, List.of());
  }

  /** This check with another cost. */
  public Check withCost(long other) {
    return new Check(tenant, key, other, policies);
  }

  /** This check on behalf of a tenant. */
  public Check onBehalfOf(String other) {
    return new Check(other, key, cost, policies);
  }

  /** This check by these policies, which admit it together or charge nothing. */
  public Check by(String... names) {
    return new Check(tenant, key, cost, List.of(names));
  }
}
