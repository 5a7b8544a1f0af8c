package dev.ratelab.bench.leases;

import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.leases.SharedLoad.Arrival;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.reports.results.Measurement;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How far instances that lease are off together by each algorithm: the shipped limiter in virtual time, so that the same seed gives the same again. */
final class ErrorByAlgorithm {
  /** So short that many instances near the limit often have too few requests for a block. */
  private static final Lease SHORT = Lease.of(100, Duration.ofMillis(200));

  private final Run run;
  private final Map<SharedLoad, Function<Policy, List<Arrival>>> arrivals =
      new EnumMap<>(SharedLoad.class);

  ErrorByAlgorithm(Run run) {
    this.run = run;
  }

  /** Its time is that of the processor. */
  Duration planned() {
    return Duration.ofMillis(run.profile() == Profile.SMOKE ? 1_000 : 22_000);
  }

  /** Measures all loads, from a share of the experiment on. */
  void measure(double from) throws InterruptedException, IOException {
    // Where nothing is denied no algorithm differs.
    List<SharedLoad> loads =
        SharedLoad.of(run).stream().filter(load -> load != SharedLoad.ADMITTED).toList();
    int steps = loads.size() * Algorithm.values().length;
    int step = 0;
    for (SharedLoad load : loads) {
      for (Algorithm algorithm : Algorithm.values()) {
        run.progress()
            .step(
                "error by algorithm, %s, %s".formatted(load.id, algorithm.id()),
                from + (1 - from) * step++ / steps);
        for (Lease lease : leases(load)) {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          measure(load, algorithm, lease);
        }
      }
    }
  }

  private List<@Nullable Lease> leases(SharedLoad load) {
    List<@Nullable Lease> leases = new ArrayList<>(Leases.all(run).stream()
        .filter(lease -> lease.micros() == SharedLoad.SECOND && lease.permits() <= 100)
        .toList());
    if (load == SharedLoad.NEAR_LIMIT) {
      leases.add(SHORT);
    }
    leases.add(null);
    return leases;
  }

  void measure(SharedLoad load, Algorithm algorithm, @Nullable Lease lease) throws IOException {
    Subject plain = new Subject(algorithm.id(), Measurement.SIMULATED, Measurement.NONE);
    Subject subject = lease == null ? plain : plain.leased(lease);
    Policy policy = subject.policy(load.limit(lease), load.id);
    try (VirtualRedis redis = new VirtualRedis();
        Instances instances = Instances.on(redis, load.instances, policy)) {
      play(load, redis, instances);
      long from = load == SharedLoad.BURSTS ? 0 : leftOut() * SharedLoad.SECOND;
      FleetError.write(run, subject.series(Leases.NAME, load.id), instances, from);
    }
  }

  void play(SharedLoad load, VirtualRedis redis, Instances instances) {
    Policy policy = instances.policy();
    // A fixed window admits most where one ends and the next begins.
    long begin = load == SharedLoad.BURSTS ? Bursts.toWindowEnd(policy) : 0;
    for (Arrival arrival : arrivals
        .computeIfAbsent(load, absent -> load.arrivals(run, seconds(load)))
        .apply(policy)) {
      redis.runUntil(begin + arrival.at() / 1_000);
      instances.send(arrival.instance(), arrival.key());
    }
    redis.finish();
  }

  /** So long that chance moves the shares little. Many keys are shorter, since they take three times as long to play. */
  private int seconds(SharedLoad load) {
    return switch (run.profile()) {
      case SMOKE -> 6;
      case QUICK -> load == SharedLoad.MANY_KEYS ? 30 : 120;
      case FULL -> 120;
    };
  }

  /** While a full counter empties a fixed number of permits is lost: its share would tell how long a load is. */
  private int leftOut() {
    return run.profile() == Profile.SMOKE ? 1 : 20;
  }
}
