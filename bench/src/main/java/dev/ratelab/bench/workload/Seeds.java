package dev.ratelab.bench.workload;

import java.util.SplittableRandom;

/** Seeds for the generators of a run, all made from the one that the user gives. */
public final class Seeds {
  private Seeds() {}

  /**
   * A seed of its own for each purpose and number, so that two generators of a run share no stream and adding one does
   * not move another.
   */
  public static long derive(long seed, String purpose, long number) {
    long mixed = new SplittableRandom(seed).nextLong() ^ ((long) purpose.hashCode() << 32) ^ number;
    return new SplittableRandom(mixed).nextLong();
  }
}
