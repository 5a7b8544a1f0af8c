package dev.ratelab.verification.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.verification.outage.FaultProxy;
import dev.ratelab.verification.outage.Server;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server as a whole, and the faults that these scripts must catch. */
class ServiceTest {
  /** The exit code of a process that SIGTERM has ended. */
  private static final int TERMINATED = 128 + 15;

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
    Recovery recovery = Recovery.rehearse(client);

    assertThat(recovery.admittedUnconfirmed()).as("%s", recovery).isZero();
    assertThat(recovery.undecided()).as("%s", recovery).isPositive();
  }

  /** Where Redis is the bottleneck: its replies are let through at a rate that any machine can ask for twice over. */
  @Test
  void atTwiceTheRateItSheds() throws Exception {
    Overload overload = slowRedis();

    assertThat(overload.twice().shed()).as("%s", overload).isGreaterThan(0.1);
    assertThat(overload.twice().decided()).as("%s", overload).isPositive();
  }

  @Test
  void aServerThatLetsEverybodyWaitIsCaught() throws Exception {
    Overload overload = slowRedis("--max-in-flight", "1000000", "--deadline", "30s");

    assertThat(overload.twice().shed()).as("%s", overload).isZero();
    assertThat(overload.twice().p99()).isGreaterThan(overload.servable().p99());
  }

  private static Overload slowRedis(String... options) throws Exception {
    try (Server redis = Server.start();
        FaultProxy proxy = FaultProxy.before(redis.address())) {
      proxy.throttle(30_000);
      List<String> all = new ArrayList<>(Charges.options(proxy.address()));
      all.addAll(List.of(options));
      return Overload.rehearse(4, 128, all);
    }
  }

  @Test
  void aServerThatFailsOpenIsCaught() throws Exception {
    Recovery recovery = Recovery.rehearse("lettuce", "--on-failure", "fail-open");

    assertThat(recovery.admittedUnconfirmed()).as("%s", recovery).isPositive();
  }
}
