package dev.ratelab.bench.workload;

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
 *   <li>{@code zipf}: many clients whose rates fall as rank<sup>-0.99</sup>, the first at four times the limit.
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

  private GeneratedWorkloads(Limit limit, long seed, int requests) {
    this.limit = limit;
    this.seed = seed;
    this.requests = requests;
    origin = origin(limit);
  }

  /** When virtual time begins, at the begin of a window: so a workload does not depend on when it is made. */
  public static long origin(Limit limit) {
    return -Math.floorDiv(-20_000 * DAY, limit.windowMicros()) * limit.windowMicros();
  }

  /**
   * The workloads; the same arguments give the same ones, on every machine.
   *
   * @param requests of about so many each
   */
  public static List<Workload> of(Limit limit, long seed, int requests) {
    GeneratedWorkloads generated = new GeneratedWorkloads(limit, seed, requests);
    return List.of(generated.poisson(), generated.onOff(), generated.zipf());
  }

  private Workload poisson() {
    List<VirtualRequest> arrivals = new ArrayList<>();
    int clients = clients();
    for (int client = 0; client < clients; client++) {
      SplittableRandom random = random("poisson", client);
      double rate = 0.5 + (clients == 1 ? 0.5 : (double) client / (clients - 1));
      double elapsed = 0;
      for (int i = 0; i < requests / clients; i++) {
        elapsed += ArrivalProcess.gap(random, emissionInterval() / rate);
        add(arrivals, elapsed, client);
      }
    }
    return workload("poisson", arrivals);
  }

  private Workload onOff() {
    List<VirtualRequest> arrivals = new ArrayList<>();
    int clients = clients();
    double window = limit.windowMicros();
    for (int client = 0; client < clients; client++) {
      SplittableRandom random = random("on-off", client);
      double elapsed = ArrivalProcess.gap(random, window);
      double on = elapsed + ArrivalProcess.gap(random, window / 2);
      for (int i = 0; i < requests / clients; i++) {
        elapsed += ArrivalProcess.gap(random, emissionInterval() / 4);
        while (elapsed > on) {
          // Arrivals at random have no memory, so the rest of the gap goes on after the
          // silence.
          double silence = ArrivalProcess.gap(random, window * 3 / 2);
          elapsed += silence;
          on += silence + ArrivalProcess.gap(random, window / 2);
        }
        add(arrivals, elapsed, client);
      }
    }
    return workload("on-off", arrivals);
  }

  private Workload zipf() {
    List<VirtualRequest> arrivals = new ArrayList<>();
    ZipfSampler zipf = new ZipfSampler(ZIPF_CLIENTS);
    SplittableRandom random = random("zipf", 0);
    double elapsed = 0;
    for (int i = 0; i < requests; i++) {
      elapsed += ArrivalProcess.gap(random, emissionInterval() / (ZIPF_FIRST * zipf.sum()));
      add(arrivals, elapsed, zipf.next(random));
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

  private void add(List<VirtualRequest> arrivals, double elapsed, int client) {
    arrivals.add(new VirtualRequest(origin + (long) elapsed, "client-" + client, 1));
  }

  private static Workload workload(String name, List<VirtualRequest> arrivals) {
    arrivals.sort(Comparator.comparingLong(VirtualRequest::at));
    return new Workload(name, arrivals);
  }
}
