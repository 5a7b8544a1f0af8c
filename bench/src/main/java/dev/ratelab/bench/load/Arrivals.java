package dev.ratelab.bench.load;

import java.time.Duration;

/** When the requests of a load are due. All of it is fixed before the first is sent. */
public sealed interface Arrivals
    permits ConstantArrivals, OnOffArrivals, PoissonArrivals, TraceArrivals {
  /** The workload's name in the results, for example {@code poisson}. */
  String name();

  /**
   * The instants of all arrivals, in nanoseconds from the start, ascending.
   *
   * @param seed the same seed gives the same instants, on every machine
   * @param perSecond the mean rate, over 0
   * @param length the arrivals lie before it
   */
  long[] nanos(long seed, double perSecond, Duration length);
}
