package dev.ratelab.bench.load;

import java.time.Duration;
import java.util.stream.LongStream;

/** Arrivals at equal distances, the first at the start. They need no seed. */
public record ConstantArrivals() implements Arrivals {
  @Override
  public String name() {
    return "constant";
  }

  @Override
  public long[] nanos(long seed, double perSecond, Duration length) {
    long n = (long) Math.ceil(perSecond * length.toNanos() / 1e9);
    // Multiplied and not added up, so that no error adds up either.
    return LongStream.range(0, n)
        .map(i -> (long) (i * 1e9 / perSecond))
        .filter(at -> at < length.toNanos())
        .toArray();
  }
}
