package dev.ratelab.verification.property;

/**
 * A request on the scenario's key.
 *
 * @param at when, in microseconds
 * @param cost its weight
 */
public record Arrival(long at, long cost) {}
