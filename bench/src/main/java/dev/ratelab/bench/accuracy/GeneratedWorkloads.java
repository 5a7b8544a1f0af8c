package dev.ratelab.bench.accuracy;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Odds;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Seeds;
import dev.ratelab.bench.VirtualRun.Arrival;
import dev.ratelab.limiter.Limit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Workloads around the limit, where algorithms differ: far below it all admit, far above it all deny.
 *
 * <ul>
 *   <li>{@code poisson}: each client sends at random, at a rate of its own between half and one and a half times the limit.
 *   <li>{@code on-off}: each client sends at random at four times the limit, for half a window on average, and then is silent
 *       for one and a half on average: once the limit in the long run, in bursts.
 *   <li>{@code zipf}: many clients whose rates fall as 1/rank, the first at four times the limit.
 * </ul>
 */
public final class GeneratedWorkloads {
  /** Windows that a client at the limit's rate is watched for, where the limit is not so large that this takes too long. */
  private static final int WINDOWS = 10;

  private static final int ZIPF_CLIENTS = 200;
  private static final double ZIPF_FIRST = 4;
  private static final long DAY = 24L * 60 * 60 * 1_000_000;

  private final Limit limit;
  private final int requests;
  private final long seed;
  private final long origin;

  private GeneratedWorkloads(Run run) {
    limit = run.limit();
    seed = run.seed();
    requests = Effort.ACCURACY.of(run).size();
    // The begin of a window, so that a workload does not depend on when it is made.
    origin = -Math.floorDiv(-20_000 * DAY, limit.windowMicros()) * limit.windowMicros();
  }

  /** The workloads of a run; the same seed, limit and profile give the same ones, on every machine. */
  public static List<Workload> of(Run run) {
    GeneratedWorkloads generated = new GeneratedWorkloads(run);
    return List.of(generated.poisson(), generated.onOff(), generated.zipf());
  }

  private Workload poisson() {
    List<Arrival> arrivals = new ArrayList<>();
    int clients = clients();
    for (int client = 0; client < clients; client++) {
      SplittableRandom random = random("poisson", client);
      double rate = 0.5 + (clients == 1 ? 0.5 : (double) client / (clients - 1));
      double elapsed = 0;
      for (int i = 0; i < requests / clients; i++) {
        elapsed += exponential(random, emissionInterval() / rate);
        add(arrivals, elapsed, client);
      }
    }
    return workload("poisson", arrivals);
  }

  private Workload onOff() {
    List<Arrival> arrivals = new ArrayList<>();
    int clients = clients();
    double window = limit.windowMicros();
    for (int client = 0; client < clients; client++) {
      SplittableRandom random = random("on-off", client);
      double elapsed = exponential(random, window);
      double on = elapsed + exponential(random, window / 2);
      for (int i = 0; i < requests / clients; i++) {
        elapsed += exponential(random, emissionInterval() / 4);
        while (elapsed > on) {
          // Arrivals at random have no memory, so the rest of the gap goes on after the silence.
          double silence = exponential(random, window * 3 / 2);
          elapsed += silence;
          on += silence + exponential(random, window / 2);
        }
        add(arrivals, elapsed, client);
      }
    }
    return workload("on-off", arrivals);
  }

  private Workload zipf() {
    List<Arrival> arrivals = new ArrayList<>();
    Odds odds = new Odds(ZIPF_CLIENTS, rank -> 1.0 / (rank + 1));
    SplittableRandom random = random("zipf", 0);
    double elapsed = 0;
    for (int i = 0; i < requests; i++) {
      elapsed += exponential(random, emissionInterval() / (ZIPF_FIRST * odds.sum()));
      add(arrivals, elapsed, odds.next(random));
    }
    return workload("zipf", arrivals);
  }

  private int clients() {
    return (int) Math.max(1, Math.min(100, requests / (WINDOWS * limit.permits())));
  }

  private double emissionInterval() {
    return (double) limit.windowMicros() / limit.permits();
  }

  private SplittableRandom random(String workload, int stream) {
    return new SplittableRandom(Seeds.derive(seed, "accuracy-" + workload, stream));
  }

  // StrictMath, because Math may round differently on another machine.
  private static double exponential(SplittableRandom random, double mean) {
    return -mean * StrictMath.log1p(-random.nextDouble());
  }

  private void add(List<Arrival> arrivals, double elapsed, int client) {
    arrivals.add(new Arrival(origin + (long) elapsed, "client-" + client, 1));
  }

  private static Workload workload(String name, List<Arrival> arrivals) {
    arrivals.sort(Comparator.comparingLong(Arrival::at));
    return new Workload(name, arrivals);
  }
}
