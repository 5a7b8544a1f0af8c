package dev.ratelab.bench.load;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * Bursts: Poisson arrivals while on, none while off, in turn, on first. The mean rate holds over on and off together, so while on
 * arrivals come (on + off) / on times as fast.
 *
 * @param on how long arrivals come, over 0
 * @param off how long none come
 */
public record OnOffArrivals(Duration on, Duration off) implements Arrivals {
  /**
   * Checks the lengths.
   *
   * @throws IllegalArgumentException if one lies outside
   */
  public OnOffArrivals {
    if (on.isZero() || on.isNegative() || off.isNegative()) {
      throw new IllegalArgumentException(
          "on is %s and off %s; accepted: on over 0, off 0 or longer".formatted(on, off));
    }
  }

  @Override
  public String name() {
    return "on-off";
  }

  @Override
  public long[] nanos(long seed, double perSecond, Duration length) {
    SplittableRandom random = new SplittableRandom(seed);
    double cycle = (double) on.toNanos() + off.toNanos();
    double meanGap = 1e9 / perSecond * on.toNanos() / cycle;
    long end = length.toNanos();
    Instants instants = new Instants(1.1 * end * perSecond / 1e9);
    // A clock that stands still while off: on it this is a Poisson process.
    double busy = 0;
    while (true) {
      busy += Instants.gap(random, meanGap);
      double at = busy + Math.floor(busy / on.toNanos()) * off.toNanos();
      if (at >= end) {
        return instants.toArray();
      }
      instants.add(at);
    }
  }
}
