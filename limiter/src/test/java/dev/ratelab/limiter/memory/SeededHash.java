package dev.ratelab.limiter.memory;

/** Hashes that are the same in each run of a test. */
public final class SeededHash {
  private SeededHash() {}

  /** The hash under a secret made of a number. */
  public static KeyHash of(long seed) {
    return KeyHash.of(seed, ~seed);
  }
}
