package dev.ratelab.bench.leases;

import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.leases.SharedLoad.Arrival;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far instances that lease by GCRA are off together, on the real clock and on Redis. All leases of a load are asked at once, each of a policy of
 * its own, and beside them the same instances without a lease.
 */
final class LeaseError {
  private static final int MOST_INSTANCES =
      Stream.of(SharedLoad.values()).mapToInt(load -> load.instances).max().orElseThrow();

  private static final long MOST_PARKED_NANOS = 500_000_000;

  private final Run run;

  /** Who is asked, and for what. */
  private record Asked(Subject subject, Instances instances, List<Arrival> arrivals) {}

  LeaseError(Run run) {
    this.run = run;
  }

  Duration planned() {
    Duration all = Duration.ZERO;
    for (SharedLoad load : SharedLoad.of(run)) {
      long longest = leases(load).stream().mapToLong(Lease::micros).max().orElse(SharedLoad.SECOND);
      all = all.plus(
          load == SharedLoad.BURSTS
              ? Bursts.length(longest, SharedLoad.window(longest))
              : Duration.ofSeconds(load.seconds(run)));
    }
    return all;
  }

  /** What a load is of: those whose time leaves room for two windows, and that the limit can grant. */
  private List<Lease> leases(SharedLoad load) {
    return Leases.all(run).stream()
        .filter(
            lease -> 2 * SharedLoad.window(lease.micros()) <= load.seconds(run) * SharedLoad.SECOND)
        .filter(lease -> lease.permits() <= load.limit(lease).maxCost())
        .filter(lease -> load != SharedLoad.MANY_KEYS || lease.micros() == SharedLoad.SECOND)
        .toList();
  }

  /** Measures all loads, from a share of the experiment on to another. */
  void measure(RedisUnderTest redis, double from, double to)
      throws InterruptedException, IOException {
    String namespace = "ratelab-bench-" + UUID.randomUUID();
    RedisAddress address = RedisAddress.parse(redis.url());
    List<RedisClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < MOST_INSTANCES; i++) {
        clients.add(LettuceClient.connect(address));
      }
      List<SharedLoad> loads = SharedLoad.of(run);
      for (SharedLoad load : loads) {
        double done = from + (to - from) * loads.indexOf(load) / loads.size();
        run.progress().step("error, " + load.id, done);
        List<Asked> all = asked(redis, clients, namespace, load);
        try {
          play(all);
          for (Asked asked : all) {
            FleetError.write(run, asked.subject.series(Leases.NAME, load.id), asked.instances, 0);
          }
        } finally {
          all.forEach(asked -> asked.instances.close());
        }
      }
    } finally {
      clients.forEach(RedisClient::close);
    }
  }

  private List<Asked> asked(
      RedisUnderTest redis, List<RedisClient> clients, String namespace, SharedLoad load) {
    Subject subject = new Subject(Algorithm.GCRA.id(), redis.backend(), "lettuce");
    List<Asked> all = new ArrayList<>();
    var arrivals = load.arrivals(run, load.seconds(run));
    List<@Nullable Lease> leases = new ArrayList<>(leases(load));
    leases.add(null);
    for (Lease lease : leases) {
      Subject leased = lease == null ? subject : subject.leased(lease);
      Policy policy = leased.policy(load.limit(lease), load.id + "-" + all.size());
      Instances instances = Instances.on(clients.subList(0, load.instances), namespace, policy);
      all.add(new Asked(leased, instances, arrivals.apply(policy)));
    }
    return all;
  }

  /** Sends all when they are due; what is late goes at once. */
  private static void play(List<Asked> all) throws InterruptedException {
    List<Due> due = new ArrayList<>();
    for (Asked asked : all) {
      asked.arrivals.forEach(arrival -> due.add(new Due(arrival, asked.instances)));
    }
    due.sort(Comparator.comparingLong(one -> one.arrival.at()));
    long begin = System.nanoTime();
    for (Due one : due) {
      for (long wait = one.arrival.at() - (System.nanoTime() - begin);
          wait > 0;
          wait = one.arrival.at() - (System.nanoTime() - begin)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        LockSupport.parkNanos(Math.min(wait, MOST_PARKED_NANOS));
      }
      one.to.send(one.arrival.instance(), one.arrival.key());
    }
  }

  private record Due(Arrival arrival, Instances to) {}
}
