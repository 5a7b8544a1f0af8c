package dev.ratelab.verification.subject;

/**
 * One request.
 *
 * @param caller whose it is
 * @param at when, in microseconds
 * @param cost its weight
 */
public record Step(Caller caller, long at, long cost) {}
