package dev.ratelab.limiter.failure;

import java.util.function.BooleanSupplier;

/**
 * How a {@link GuardedRateLimiter} protects its backend and its callers.
 *
 * @param instances how many processes share the backend, over 0: while it is away each enforces this part of the limits whose failure
 *     policy is {@code local}
 * @param maxInFlight the most decisions that may wait for the backend at once, over 0
 * @param behind asked on the thread of each check: whether that thread is so late that it should not ask the backend
 */
public record Guard(int instances, int maxInFlight, BooleanSupplier behind) {
  /** The bound on decisions in flight unless another is set. */
  public static final int DEFAULT_MAX_IN_FLIGHT = 8_192;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is not over 0
   */
  public Guard {
    requirePositive("instances", instances);
    requirePositive("max in flight", maxInFlight);
  }

  /** One instance, {@value #DEFAULT_MAX_IN_FLIGHT} in flight, never behind. */
  public static Guard defaults() {
    return new Guard(1, DEFAULT_MAX_IN_FLIGHT, () -> false);
  }

  /** This guard for another number of instances. */
  public Guard withInstances(int other) {
    return new Guard(other, maxInFlight, behind);
  }

  /** This guard with another bound on decisions in flight. */
  public Guard withMaxInFlight(int other) {
    return new Guard(instances, other, behind);
  }

  /** This guard with another question whether a thread is late. */
  public Guard withBehind(BooleanSupplier other) {
    return new Guard(instances, maxInFlight, other);
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s is %s; accepted: over 0".formatted(name, value));
    }
  }
}
