package dev.ratelab.verification.replication;

/** A mean over requests, and the lower and upper end of its 95 % interval. */
public record BootstrapEstimate(double value, double low, double high) {}
