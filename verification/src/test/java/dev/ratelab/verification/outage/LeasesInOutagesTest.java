package dev.ratelab.verification.outage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.lease.LeasedRateLimiter;
import dev.ratelab.limiter.redis.RedisAddress;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.verification.outage.OutageTest.Library;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Instances with leases before a Redis that breaks, in real time, against the bounds of docs/faults.md. Nothing refills while a test lasts,
 * so E is N, and by the first term all that is admitted was charged: at most N, and N once more where the state is lost.
 */
class LeasesInOutagesTest {
  private static final int N = 100;
  private static final int INSTANCES = 3;
  private static final long BLOCK = 10;

  private static final Policy POLICY = Policy.of(
          "p", Algorithm.GCRA, Limit.of(N, Duration.ofDays(30)))
      .withLease(Lease.of(BLOCK, Duration.ofHours(1)))
      .withDeadline(Duration.ofSeconds(20));

  private final List<AutoCloseable> opened = new ArrayList<>();

  /** An instance, whose Redis may become another one. */
  private final class Instance {
    private final Policy policy;
    private final LeasedRateLimiter limiter;
    private volatile RateLimiter backend;

    Instance(Library client, Server server, Policy policy, TimeSource time) {
      this.policy = policy;
      backend = on(client, server);
      limiter = RateLimiters.leased(
          request -> backend.checkAsync(request), RequestDecision::undecided, time);
    }

    void goesTo(Library client, Server server) {
      backend = on(client, server);
    }

    private RateLimiter on(Library client, Server server) {
      RedisClient own = client.connect(server.address());
      opened.add(own);
      return RateLimiters.onRedis(own, "leases");
    }

    int admitted(int requests) {
      int admitted = 0;
      for (int i = 0; i < requests; i++) {
        admitted += limiter.check(Request.of(policy, "k", 1)).allowed() ? 1 : 0;
      }
      return admitted;
    }
  }

  private Server started() {
    Server server = Server.start();
    opened.add(server);
    return server;
  }

  private List<Instance> instances(Library client, Server server) {
    List<Instance> all = new ArrayList<>();
    for (int i = 0; i < INSTANCES; i++) {
      all.add(new Instance(client, server, POLICY, TimeSource.monotonic()));
    }
    return all;
  }

  private static int admitted(List<Instance> all, int requestsOfEach) {
    return all.stream().mapToInt(each -> each.admitted(requestsOfEach)).sum();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void killedAndEmpty(Library client) throws Exception {
    Server server = started();
    List<Instance> all = instances(client, server);
    int before = admitted(all, 20);
    assertThat(before).isEqualTo(3 * 20);

    server.kill();
    // What is held is still admitted, and nothing else.
    int away = admitted(all, 3 * (int) BLOCK);
    assertThat(away).isLessThanOrEqualTo(INSTANCES * (int) BLOCK);
    server.startAgain();
    AtomicLong again = new AtomicLong();
    for (Instance each : all) {
      Admin.await("an answer", () -> {
        int one = each.admitted(1);
        again.addAndGet(one);
        return one > 0;
      });
    }

    long after = again.get() + admitted(all, 2 * N);
    assertThat(after).isEqualTo(N);
    assertThat(before + away + after).isGreaterThan(N).isLessThanOrEqualTo(2 * N);
  }

  @ParameterizedTest
  @EnumSource
  void scriptsFlushed(Library client) {
    Server server = started();
    List<Instance> all = instances(client, server);
    int sum = 0;
    for (int i = 0; i < 10; i++) {
      server.admin().call("SCRIPT", "FLUSH");
      sum += admitted(all, N / 10);
    }

    assertThat(sum + admitted(all, N)).isEqualTo(N);
  }

  /** The replica has the state of a while ago. It becomes the primary. */
  @ParameterizedTest
  @EnumSource
  void failedOverWithoutTheLastWrites(Library client) throws Exception {
    Server primary = started();
    Server replica = started();
    List<Instance> all = instances(client, primary);
    int known = admitted(all, 10);
    RedisAddress address = primary.address();
    replica.admin().call("REPLICAOF", address.host(), Integer.toString(address.port()));
    Admin.await(
        "the replica",
        () -> replica.admin().call("INFO", "replication").contains("master_link_status:up")
            && !replica.admin().call("DBSIZE").equals("0"));
    replica.admin().call("REPLICAOF", "NO", "ONE");
    int lost = admitted(all, 10);
    primary.kill();
    all.forEach(each -> each.goesTo(client, replica));

    int after = admitted(all, 2 * N);

    assertThat(known + lost).isEqualTo(2 * 30);
    assertThat(known + lost + after).isGreaterThan(N).isLessThanOrEqualTo(2 * N);
  }

  /** A thread reads the clock and goes on after the lease's end: it counts as of the reading, so all that is admitted was charged. */
  @ParameterizedTest
  @EnumSource
  void pausedForLongerThanTheLease(Library client) {
    Server server = started();
    Duration lease = Duration.ofMillis(50);
    AtomicLong readings = new AtomicLong();
    TimeSource clock = TimeSource.monotonic();
    TimeSource pausing = () -> {
      long read = clock.micros();
      if (readings.incrementAndGet() % 7 == 0) {
        while (clock.micros() < read + 60_000) {
          Thread.onSpinWait();
        }
      }
      return read;
    };
    Policy brief = POLICY.withLease(Lease.of(BLOCK, lease));
    List<Instance> all = new ArrayList<>();
    for (int i = 0; i < INSTANCES; i++) {
      all.add(new Instance(client, server, brief, pausing));
    }

    int sum = admitted(all, N);

    long borrowed = all.stream().mapToLong(each -> each.limiter.borrowed()).sum();
    assertThat(sum).isPositive().isLessThanOrEqualTo(N);
    assertThat(borrowed).isLessThanOrEqualTo(N);
  }
}
