package dev.ratelab.bench.load;

import java.time.Duration;
import java.util.SplittableRandom;

/** Arrivals at random instants that know nothing of each other: a Poisson process, gaps exponential with mean 1/rate. */
public record PoissonArrivals() implements Arrivals {
  @Override
  public String name() {
    return "poisson";
  }

  @Override
  public long[] nanos(long seed, double perSecond, Duration length) {
    SplittableRandom random = new SplittableRandom(seed);
    double meanGap = 1e9 / perSecond;
    long end = length.toNanos();
    Instants instants = new Instants(1.1 * end / meanGap);
    for (double at = Instants.gap(random, meanGap); at < end; at += Instants.gap(random, meanGap)) {
      instants.add(at);
    }
    return instants.toArray();
  }
}
