package dev.ratelab.bench.leases;

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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How far instances that lease are off together by each algorithm: the shipped limiter in virtual time, so that the same seed gives the same again. */
final class ErrorByAlgorithm {
  static final String BACKEND = "simulated";

  /** So short that many instances near the limit often have too few requests for a block. */
  private static final Lease SHORT = Lease.of(100, Duration.ofMillis(200));

  private final Run run;

  ErrorByAlgorithm(Run run) {
    this.run = run;
  }

  void measure() throws InterruptedException, IOException {
    for (SharedLoad load : SharedLoad.of(run)) {
      // Where nothing is denied no algorithm differs.
      if (load == SharedLoad.ADMITTED) {
        continue;
      }
      run.progress().step("error by algorithm, " + load.id, 1);
      for (Algorithm algorithm : Algorithm.values()) {
        for (Lease lease : leases(load)) {
          if (Thread.interrupted()) {
            throw new InterruptedException();
          }
          measure(load, new Subject(algorithm.id(), BACKEND, Measurement.NONE), lease);
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

  private void measure(SharedLoad load, Subject plain, @Nullable Lease lease) throws IOException {
    Subject subject = lease == null ? plain : plain.leased(lease);
    Policy policy = subject.policy(load.limit(lease), load.id);
    try (VirtualRedis redis = new VirtualRedis();
        Instances instances = Instances.on(redis, load.instances, policy)) {
      play(run, load, redis, instances);
      FleetError.write(run, subject.series(Leases.NAME, load.id), instances);
    }
  }

  static void play(Run run, SharedLoad load, VirtualRedis redis, Instances instances) {
    Policy policy = instances.policy();
    // A fixed window admits most where one ends and the next begins.
    long begin = load == SharedLoad.BURSTS ? Bursts.toWindowEnd(policy) : 0;
    for (Arrival arrival : load.arrivals(run, policy)) {
      redis.runUntil(begin + arrival.at() / 1_000);
      instances.send(arrival.instance(), arrival.key());
    }
    redis.finish();
  }
}
