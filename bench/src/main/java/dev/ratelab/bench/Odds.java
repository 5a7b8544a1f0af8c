package dev.ratelab.bench;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/** Numbers from 0 on, each drawn as often as its weight says. */
public final class Odds {
  private final double[] upTo;

  /**
   * Adds the weights up.
   *
   * @param count how many numbers, at least 1
   * @param weight of each, over 0; the same on every machine, so StrictMath and not Math
   */
  public Odds(int count, IntToDoubleFunction weight) {
    upTo = new double[count];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += weight.applyAsDouble(i);
      upTo[i] = sum;
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
