package dev.ratelab.bench.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The same requests at the same instants: what the served limiter does in virtual time, and what the simulator says that it does. */
class SimulatedAsServedTest {
  @ParameterizedTest
  @CsvSource({
    // keys, requests per second, b, L in ms, one way in us
    "1, 25, 5, 200, 2000",
    "1, 100, 5, 200, 2000",
    "1, 100, 2, 50, 2000",
    "1, 1000, 5, 200, 2000",
    "1, 1000, 5, 200, 20000",
    "1, 5000, 10, 200, 50000",
    "100, 400, 5, 200, 2000",
    "100, 400, 2, 50, 2000",
    "100, 4000, 10, 200, 2000",
    "100, 4000, 10, 200, 20000",
    "1000, 4000, 10, 50, 2000",
  })
  void theSameIsAskedForAndAdmitted(int keys, double perSecond, int b, int millis, long way) {
    requireTheSame(
        settings(Algorithm.GCRA, keys, perSecond, Lease.of(b, Duration.ofMillis(millis)), way));
  }

  @ParameterizedTest
  @EnumSource
  void theSameIsAskedForAndAdmittedByEachAlgorithm(Algorithm algorithm) {
    requireTheSame(settings(algorithm, 100, 2_000, Lease.of(8, Duration.ofMillis(150)), 5_000));
  }

  private static void requireTheSame(FleetSettings settings) {
    FleetRun run = TestFleets.played(settings, BorrowLeases::adaptive);
    LeaseCounts simulated = new LeaseCounts(
        run.tally().admitted, run.tally().denied, run.calls()[0], run.counters().charged());

    ServedLeases served = new ServedLeases(settings, TestFleets.START);
    RequestSource again = new RequestSource(settings, TestFleets.START);
    for (int count = again.next(); count > 0; count = again.next()) {
      served.feed(again, count);
    }

    assertThat(simulated).isEqualTo(served.finish());
    assertThat(simulated.admitted() + simulated.denied()).isEqualTo(run.requests());
  }

  /** Three instances, before one Redis that takes no time, for five seconds. */
  private static FleetSettings settings(
      Algorithm algorithm, int keys, double perSecond, Lease lease, long way) {
    return new FleetSettings(
        3,
        Policy.of("test", algorithm, Limit.of(10, Duration.ofMillis(200)))
            .withDeadline(Duration.ofMillis(900))
            .withLease(lease),
        new FleetSettings.Load(keys, 0.99, new ArrivalProcess.Poisson(), perSecond, 5_000_000),
        new FleetSettings.Network(1, way, way, 0, 0),
        new FleetSettings.Redis(1, 0, 0, 0),
        new FleetSettings.Faults(0, 0, 0, 0),
        new FleetSettings.Batch(10_000, 1_000),
        100_000,
        7,
        new FleetSettings.Memory(keys, 3 * keys));
  }
}
