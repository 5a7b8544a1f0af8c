package dev.ratelab.verification.replication;

import dev.ratelab.limiter.Limit;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;

/** How a source's requests lie in time, at a given mean rate. */
public enum Pattern {
  /** At random, always at the same rate. */
  POISSON {
    @Override
    void requests(
        Limit limit, double rate, double windows, SplittableRandom random, LongConsumer to) {
      double window = limit.windowMicros();
      for (double at = exponential(random, window / rate);
          at < windows * window;
          at += exponential(random, window / rate)) {
        to.accept((long) at);
      }
    }
  },
  /** At random at four times the mean rate for half a window on average, then silent for one and a half. */
  ON_OFF {
    @Override
    void requests(
        Limit limit, double rate, double windows, SplittableRandom random, LongConsumer to) {
      double window = limit.windowMicros();
      double at = 0;
      double on = exponential(random, window / 2);
      while (true) {
        at += exponential(random, window / (4 * rate));
        while (at > on) {
          // Arrivals at random have no memory, so the rest of the gap goes on after the silence.
          double silence = exponential(random, window * 3 / 2);
          at += silence;
          on += silence + exponential(random, window / 2);
          if (on >= windows * window) {
            return;
          }
        }
        if (at >= windows * window) {
          return;
        }
        to.accept((long) at);
      }
    }
  },
  /** At random, the rate a sine of 1,440 windows (a day of minutes) between a tenth and 1.9 times the mean. */
  DIURNAL {
    @Override
    void requests(
        Limit limit, double rate, double windows, SplittableRandom random, LongConsumer to) {
      double window = limit.windowMicros();
      double midnight = random.nextDouble();
      double most = 1.9 * rate;
      for (double at = exponential(random, window / most);
          at < windows * window;
          at += exponential(random, window / most)) {
        double day = at / window / 1_440 + midnight;
        if (random.nextDouble() * 1.9 < 1 + 0.9 * StrictMath.sin(2 * StrictMath.PI * day)) {
          to.accept((long) at);
        }
      }
    }
  },
  /**
   * Attacks on the counter: N at a window's last instant, then one more as soon as the weight has decayed by one, N - 1 in
   * all, then silence for as many windows as make up the rate, two at least.
   */
  BOUNDARY_ATTACK {
    @Override
    void requests(
        Limit limit, double rate, double windows, SplittableRandom random, LongConsumer to) {
      long window = limit.windowMicros();
      long permits = limit.permits();
      double silence = Math.max(0, (2 * permits - 1) / rate - 3);
      long attack = (long) exponential(random, silence);
      while (attack + 2 < windows) {
        long edge = (attack + 1) * window;
        for (long i = 0; i < permits; i++) {
          to.accept(edge - 1);
        }
        for (long i = 1; i < permits; i++) {
          to.accept(edge - Math.floorDiv(-i * window, permits));
        }
        attack += 3 + Math.round(exponential(random, silence));
      }
    }
  };

  /** Generates one source, of so many requests a window in the mean, and tells each instant in microseconds, in the order of time. */
  abstract void requests(
      Limit limit, double rate, double windows, SplittableRandom random, LongConsumer to);

  // StrictMath, because Math may round differently on another machine.
  private static double exponential(SplittableRandom random, double mean) {
    return -mean * StrictMath.log1p(-random.nextDouble());
  }

  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
