package dev.ratelab.verification.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.redis.LettuceClient;
import dev.ratelab.limiter.redis.RedisClient;
import dev.ratelab.server.check.CheckServer;
import dev.ratelab.server.http.ServerOptions;
import dev.ratelab.verification.outage.FaultProxy;
import dev.ratelab.verification.outage.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server as a whole, and the faults that these scripts must catch. */
class ServiceTest {
  /** The exit code of a process that SIGTERM has ended. */
  private static final int TERMINATED = 128 + 15;

  private static final int SECONDS = 2;

  @Test
  void sigtermUnderLoadDropsNoAcceptedRequest() throws Exception {
    Stopping stopping = Stopping.rehearse(true);

    assertThat(stopping.dropped()).as("%s", stopping).isZero();
    assertThat(stopping.unseen()).as("%s", stopping).isZero();
    assertThat(stopping.answered()).as("%s", stopping).isPositive();
    assertThat(stopping.exitCode()).isEqualTo(TERMINATED);
  }

  @Test
  void aServerThatIsKilledDropsSomeAndIsCaught() throws Exception {
    // It may have answered all it had at the very moment.
    Stopping stopping = Stopping.rehearse(false);
    while (stopping.dropped() == 0) {
      stopping = Stopping.rehearse(false);
    }

    assertThat(stopping.unseen()).as("%s", stopping).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void whileRedisIsAwayNothingIsAdmittedUnconfirmedAndItRecovers(String client) throws Exception {
    Recovery recovery = Recovery.rehearse("--client", client);

    assertThat(recovery.admittedUnconfirmed()).as("%s", recovery).isZero();
    assertThat(recovery.undecided()).as("%s", recovery).isPositive();
  }

  /** Where Redis is the bottleneck, at a rate that any machine can ask for twice over. */
  @Test
  void atTwiceTheRateItSheds() throws Exception {
    try (Server redis = Server.start();
        FaultProxy proxy = slow(redis)) {
      Overload overload = Overload.rehearse(SECONDS, proxy.address());

      assertThat(overload.twice().shed()).as("%s", overload).isGreaterThan(0.1);
      assertThat(overload.twice().decided()).as("%s", overload).isPositive();
    }
  }

  /** Without what guards {@code serve}'s limiter. */
  @Test
  void aServerThatLetsEverybodyWaitIsCaught() throws Exception {
    Policy patient = Policy.of("patient", Algorithm.GCRA, Limit.of(10, Duration.ofDays(1)))
        .withDeadline(Duration.ofMinutes(1));
    try (Server redis = Server.start();
        FaultProxy proxy = slow(redis);
        RedisClient client = LettuceClient.connect(proxy.address());
        CheckServer server = CheckServer.start(
            PolicySet.of(ScopedPolicy.perKey(patient)),
            RateLimiters.onRedis(client, "patient"),
            ServerOptions.defaults().at("127.0.0.1", 0))) {
      Overload overload = Overload.rehearse(
          SECONDS, new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));

      assertThat(overload.twice().shed()).as("%s", overload).isZero();
      assertThat(overload.slowdown()).as("%s", overload).isGreaterThan(Overload.MOST_SLOWDOWN);
    }
  }

  /** What lets through so few bytes a second that Redis is the bottleneck. */
  static FaultProxy slow(Server redis) throws IOException {
    FaultProxy proxy = FaultProxy.before(redis.address());
    proxy.throttle(30_000);
    return proxy;
  }

  @Test
  void aServerThatFailsOpenIsCaught() throws Exception {
    Recovery recovery = Recovery.rehearse("--on-failure", "fail-open");

    assertThat(recovery.admittedUnconfirmed()).as("%s", recovery).isPositive();
  }
}
