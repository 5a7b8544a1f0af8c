package dev.ratelab.server.policies;

import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.server.check.ActivePolicies;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What decides in this server. They outlive the policies: a counter belongs to the name, algorithm and limit of its policy, so those
 * of policies that stay when others change are kept.
 *
 * @param memory decides in this process
 * @param redis decides on Redis, or null if none is open
 */
public record BackendLimiters(RateLimiter memory, @Nullable RateLimiter redis) {
  /** Throws {@link ConfigurationException} if a policy needs Redis, and none is open. */
  public PolicySnapshot load(PolicyDocument document, Configuration configuration)
      throws ConfigurationException {
    Map<String, RateLimiter> limiters = new HashMap<>();
    for (Map.Entry<String, Backend> each : configuration.backends().entrySet()) {
      if (each.getValue() == Backend.REDIS && redis == null) {
        throw new ConfigurationException(List.of(document.fault(
            "/policies",
            "the policy '%s' is the first on Redis, which this server has not opened; accepted: after a restart"
                .formatted(each.getKey()))));
      }
      limiters.put(
          each.getKey(),
          each.getValue() == Backend.MEMORY ? memory : Objects.requireNonNull(redis));
    }
    return new PolicySnapshot(
        document, configuration, new ActivePolicies(configuration.policies(), limiters));
  }
}
