package dev.ratelab.limiter;

/**
 * One request of a batch.
 *
 * @param key who is limited; any string
 * @param cost its weight, 1 to {@link Limit#maxCost()}
 */
public record KeyedRequest(String key, long cost) {}
