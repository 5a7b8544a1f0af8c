package dev.ratelab.verification.oracle;

/**
 * What a model enforces.
 *
 * @param permits N, the cost per window
 * @param window W in microseconds
 * @param burst B, the cost that a bucket admits in one instant; N for the algorithms without a burst
 */
public record Rule(long permits, long window, long burst) {}
