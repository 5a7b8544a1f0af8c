package dev.ratelab.bench.load;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A growing list of instants. */
final class Instants {
  private long[] instants;
  private int size;

  Instants(double expected) {
    instants = new long[(int) Math.min(1 << 26, Math.ceil(expected) + 64)];
  }

  void add(double nanos) {
    if (size == instants.length) {
      instants = Arrays.copyOf(instants, 2 * size);
    }
    instants[size++] = (long) nanos;
  }

  long[] toArray() {
    return Arrays.copyOf(instants, size);
  }

  /** An exponentially distributed gap, by inversion of the distribution function. */
  static double gap(SplittableRandom random, double mean) {
    // StrictMath, because Math may round differently on another machine.
    return -mean * StrictMath.log1p(-random.nextDouble());
  }
}
