package dev.ratelab.bench.simulate;

import dev.ratelab.bench.workload.AliasTable;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.bench.workload.TraceArrivals;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.SplittableRandom;

/** The requests of a fleet in order of time, some thousand at a time in arrays that are used again. */
final class RequestSource {
  private static final int SIZE = 1 << 13;

  final long[] at = new long[SIZE];
  final int[] instance = new int[SIZE];

  /** The rank of the key; {@link FleetSettings#countedKeys()} stands for all that have no counter. */
  final int[] key = new int[SIZE];

  private final SplittableRandom random;
  private final AliasTable popularity;
  private final ArrivalProcess arrivals;
  private final int instances;
  private final double meanGap;
  private final double end;
  private final long start;
  private double elapsed;

  /** Recorded instants in nanoseconds; empty if all are drawn. */
  private final long[] trace;

  private int traced;

  RequestSource(FleetSettings settings, long start) {
    this.start = start;
    FleetSettings.Load load = settings.load();
    random = new SplittableRandom(Seeds.derive(settings.seed(), "fleet-requests", 0));
    popularity = new AliasTable(LightKeys.weights(load, settings.countedKeys()));
    arrivals = load.arrivals();
    instances = settings.instances();
    meanGap = 1e6 / load.perSecond() * share(arrivals);
    end = load.duration();
    trace = arrivals instanceof TraceArrivals recorded
        ? recorded.nanos(
            settings.seed(), load.perSecond(), Duration.of(load.duration(), ChronoUnit.MICROS))
        : new long[0];
    elapsed = -meanGap;
    elapsed = arrivals instanceof ArrivalProcess.Constant ? 0 : gap();
  }

  private static double share(ArrivalProcess arrivals) {
    return arrivals instanceof ArrivalProcess.OnOff bursts
        ? (double) bursts.on().toNanos() / bursts.on().plus(bursts.off()).toNanos()
        : 1;
  }

  /** Makes the next ones, and returns how many: 0 after the last. */
  int next() {
    int made = 0;
    while (made < SIZE) {
      double instant = instant();
      if (instant >= end) {
        break;
      }
      at[made] = start + (long) instant;
      instance[made] = (int) (((random.nextLong() >>> 32) * instances) >>> 32);
      key[made] = popularity.next(random);
      made++;
      elapsed += gap();
    }
    return made;
  }

  private double gap() {
    return arrivals instanceof ArrivalProcess.Constant
        ? meanGap
        : meanGap * random.nextExponential();
  }

  /** With bursts, time stands still while off. */
  private double instant() {
    if (arrivals instanceof TraceArrivals) {
      return traced < trace.length ? trace[traced++] / 1e3 : end;
    }
    if (arrivals instanceof ArrivalProcess.OnOff bursts) {
      double on = bursts.on().toNanos() / 1e3;
      return elapsed + Math.floor(elapsed / on) * (bursts.off().toNanos() / 1e3);
    }
    return elapsed;
  }
}
