package dev.ratelab.bench.latency;

import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Arrivals at random instants that know nothing of each other: a Poisson process. */
final class PoissonArrivals {
  private PoissonArrivals() {}

  /**
   * The instants of all arrivals, in nanoseconds from the start, ascending. The gaps are exponentially distributed with
   * mean 1/rate, by inversion of their distribution function.
   *
   * @param seed the same seed gives the same instants, on every machine
   * @param perSecond the rate, over 0
   * @param length the arrivals lie before it
   */
  static long[] nanos(long seed, double perSecond, Duration length) {
    SplittableRandom random = new SplittableRandom(seed);
    double meanGap = 1e9 / perSecond;
    long end = length.toNanos();
    long[] instants = new long[(int) Math.ceil(2 * perSecond * end / 1e9) + 64];
    int n = 0;
    // StrictMath, because Math may round differently on another machine.
    for (double at = 0; ; ) {
      at -= meanGap * StrictMath.log1p(-random.nextDouble());
      if (at >= end) {
        return Arrays.copyOf(instants, n);
      }
      if (n == instants.length) {
        instants = Arrays.copyOf(instants, 2 * n);
      }
      instants[n++] = (long) at;
    }
  }
}
