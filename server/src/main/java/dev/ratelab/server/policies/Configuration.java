package dev.ratelab.server.policies;

import dev.ratelab.limiter.PolicySet;
import java.util.Map;

/**
 * What a file of policies says.
 *
 * @param policies the policies, the defaults and the tenants
 * @param backends by the name of each policy, where it keeps its counters
 * @param instances how many servers share Redis, over 0
 */
public record Configuration(PolicySet policies, Map<String, Backend> backends, int instances) {}
