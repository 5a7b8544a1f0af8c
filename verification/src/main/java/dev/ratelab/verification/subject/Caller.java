package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Policy;

/**
 * Whose requests count together: one key under one policy in one namespace.
 *
 * @param namespace a tenant's, 1 to 40 of {@code A-Z a-z 0-9 . _ -}
 * @param policy what is enforced
 * @param key any string
 */
public record Caller(String namespace, Policy policy, String key) {}
