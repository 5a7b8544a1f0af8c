package dev.ratelab.bench.workload;

/**
 * A request in virtual time.
 *
 * @param at when, in microseconds since the Unix epoch
 */
public record VirtualRequest(long at, String key, long cost) {}
