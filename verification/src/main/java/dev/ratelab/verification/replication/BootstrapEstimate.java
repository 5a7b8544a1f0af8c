package dev.ratelab.verification.replication;

/**
 * A mean over requests.
 *
 * @param value the mean
 * @param low the lower end of the 95 % interval
 * @param high its upper end
 */
public record BootstrapEstimate(double value, double low, double high) {}
