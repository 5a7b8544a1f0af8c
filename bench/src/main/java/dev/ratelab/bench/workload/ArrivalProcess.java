package dev.ratelab.bench.workload;

import dev.ratelab.limiter.DurationText;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** When the requests of a load are due. All of it is fixed before the first is sent. */
public sealed interface ArrivalProcess
    permits ArrivalProcess.Constant, ArrivalProcess.Poisson, ArrivalProcess.OnOff, TraceArrivals {
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

  /** Those of a {@link #name} that needs no more to be said: {@code on-off} is half a second of each. */
  static Optional<ArrivalProcess> named(String name) {
    Duration half = Duration.ofMillis(500);
    return Stream.<ArrivalProcess>of(new Constant(), new Poisson(), new OnOff(half, half))
        .filter(process -> process.name().equals(name))
        .findFirst();
  }

  /** An exponentially distributed gap, by inversion of the distribution function. */
  static double gap(SplittableRandom random, double mean) {
    // StrictMath, because Math may round differently on another machine.
    return -mean * StrictMath.log1p(-random.nextDouble());
  }

  /** Arrivals at equal distances, the first at the start. They need no seed. */
  record Constant() implements ArrivalProcess {
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

  /** Arrivals at random instants that know nothing of each other: a Poisson process, gaps exponential with mean 1/rate. */
  record Poisson() implements ArrivalProcess {
    @Override
    public String name() {
      return "poisson";
    }

    @Override
    public long[] nanos(long seed, double perSecond, Duration length) {
      SplittableRandom random = new SplittableRandom(seed);
      double meanGap = 1e9 / perSecond;
      LongStream.Builder instants = LongStream.builder();
      for (double at = gap(random, meanGap); at < length.toNanos(); at += gap(random, meanGap)) {
        instants.add((long) at);
      }
      return instants.build().toArray();
    }
  }

  /**
   * Bursts: Poisson arrivals while on, none while off, in turn, on first. The mean rate holds over on and off together, so while on
   * arrivals come (on + off) / on times as fast.
   *
   * @param on how long arrivals come, over 0
   * @param off how long none come
   */
  record OnOff(Duration on, Duration off) implements ArrivalProcess {
    /**
     * Checks the lengths.
     *
     * @throws IllegalArgumentException if one lies outside
     */
    public OnOff {
      if (on.isZero() || on.isNegative() || off.isNegative()) {
        throw new IllegalArgumentException(
            "on is %s and off %s; accepted: on over 0, off 0 or longer"
                .formatted(DurationText.of(on), DurationText.of(off)));
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
      LongStream.Builder instants = LongStream.builder();
      // A clock that stands still while off: on it this is a Poisson process.
      double busy = 0;
      while (true) {
        busy += gap(random, meanGap);
        double at = busy + Math.floor(busy / on.toNanos()) * off.toNanos();
        if (at >= length.toNanos()) {
          return instants.build().toArray();
        }
        instants.add((long) at);
      }
    }
  }
}
