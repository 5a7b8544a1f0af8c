package dev.ratelab.verification.subject;

import dev.ratelab.limiter.Policy;

/** Whose requests count together: one key under one policy in one namespace. */
public record Caller(String namespace, Policy policy, String key) {}
