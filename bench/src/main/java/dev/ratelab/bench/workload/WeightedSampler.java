package dev.ratelab.bench.workload;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/** Numbers from 0 on, each drawn as often as its weight says. */
public final class WeightedSampler {
  private static final double ZIPF_EXPONENT = 0.99;

  private final double[] upTo;

  /**
   * Adds the weights up.
   *
   * @param count how many numbers, at least 1
   * @param weight of each, over 0; the same on every machine, so StrictMath and not Math
   */
  public WeightedSampler(int count, IntToDoubleFunction weight) {
    upTo = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weight.applyAsDouble(i);
      upTo[i] = sum;
    }
  }

  /** The number i is likely in proportion to (i + 1)<sup>-0.99</sup>: Zipf's law, with the skew of the YCSB benchmark. */
  public static WeightedSampler zipf(int count) {
    // StrictMath, because Math may round differently on another machine.
    return new WeightedSampler(count, i -> StrictMath.pow(i + 1, -ZIPF_EXPONENT));
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
