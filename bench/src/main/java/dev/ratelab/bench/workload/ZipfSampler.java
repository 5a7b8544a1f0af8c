package dev.ratelab.bench.workload;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Numbers from 0 on, i in proportion to (i + 1)<sup>-0.99</sup>: Zipf's law, with the skew of the YCSB benchmark. */
public final class ZipfSampler {
  private final double[] upTo;

  /** Of so many numbers, at least 1. */
  public ZipfSampler(int count) {
    upTo = new double[count];
    // StrictMath, because Math may round differently on another machine.
    Arrays.setAll(upTo, i -> StrictMath.pow(i + 1, -0.99));
    for (int i = 1; i < count; i++) {
      upTo[i] += upTo[i - 1];
    }
  }

  /** All weights together. */
  public double sum() {
    return upTo[upTo.length - 1];
  }

  /** One number, for one draw of the generator. */
  public int next(SplittableRandom random) {
    int found = Arrays.binarySearch(upTo, random.nextDouble() * sum());
    return Math.min(upTo.length - 1, found >= 0 ? found + 1 : -found - 1);
  }
}
