package dev.ratelab.bench.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.limiter.Algorithm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SimulationTest {

  private static List<DesignResult> run(FleetSettings settings) throws InterruptedException {
    return new Simulation(settings, List.of(FleetDesigns.values())).run((step, done) -> {});
  }

  /** But for the speed, which is this machine's. */
  private static List<String> told(List<DesignResult> results) {
    return results.stream()
        .map(result -> result.toString().replaceAll("simulated=[^\\]]*", ""))
        .toList();
  }

  @Test
  void theSameSeedGivesTheSameResults() throws InterruptedException {
    FleetSettings settings = TestFleets.faulty(Algorithm.GCRA);

    assertThat(told(run(settings))).isEqualTo(told(run(settings)));
  }

  @Test
  void aDesignDoesTheSameAloneAndBesideOthers() throws InterruptedException {
    FleetSettings settings = TestFleets.faulty(Algorithm.GCRA);
    List<DesignResult> alone =
        new Simulation(settings, List.of(FleetDesigns.LEASES_ADAPTIVE)).run((step, done) -> {});

    assertThat(told(run(settings))).containsAll(told(alone));
  }

  @ParameterizedTest
  @EnumSource
  void everyRequestEndsOnce(Algorithm algorithm) throws InterruptedException {
    for (DesignResult result : run(TestFleets.faulty(algorithm))) {
      assertThat(result.admitted() + result.denied() + result.unanswered() + result.crashed())
          .as(result.design())
          .isEqualTo(result.requests());
      assertThat(result.crashed()).as(result.design()).isPositive();
      assertThat(result.requests()).isBetween(5_000L, 7_000L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutANetworkCallsDecideAsTheCentralLimiterDoes(Algorithm algorithm)
      throws InterruptedException {
    FleetSettings far = TestFleets.of(algorithm);
    FleetSettings near = new FleetSettings(
        1,
        far.policy(),
        far.load(),
        new FleetSettings.Network(1, 0, 0, 0, 0),
        new FleetSettings.Redis(1, 0, 0, 0),
        far.faults(),
        new FleetSettings.Batch(0, 1),
        far.every(),
        far.seed(),
        far.memory());

    for (FleetDesigns design : List.of(FleetDesigns.CALL, FleetDesigns.BATCHES)) {
      DesignResult result =
          new Simulation(near, List.of(design)).run((step, done) -> {}).get(0);
      assertThat(result.denied()).isPositive();
      assertThat(result.overAdmitted()).isZero();
      assertThat(result.underAdmitted()).isZero();
      assertThat(result.over()).isZero();
      assertThat(result.callsPerDecision()).isEqualTo(1);
      assertThat(result.p99()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void callsAndBatchesNeverPassThePromiseWhateverFails(Algorithm algorithm)
      throws InterruptedException {
    for (DesignResult result : run(TestFleets.faulty(algorithm))) {
      if (result.design().startsWith("call") || result.design().startsWith("batches")) {
        assertThat(result.over()).as(result.design()).isZero();
      }
    }
  }

  @Test
  void countsThatComeLateLetTooMuchIn() throws InterruptedException {
    DesignResult late = new Simulation(TestFleets.of(Algorithm.GCRA), List.of(FleetDesigns.ASYNC))
        .run((step, done) -> {})
        .get(0);

    assertThat(late.over()).isGreaterThan(20);
    assertThat(late.overAdmitted()).isGreaterThan(0.1);
  }

  @Test
  void aShardWithTooMuchToDoDelaysAnswersBeyondTheDeadline() throws InterruptedException {
    FleetSettings idle = TestFleets.of(Algorithm.GCRA);
    FleetSettings busy = new FleetSettings(
        idle.instances(),
        idle.policy(),
        idle.load(),
        idle.network(),
        new FleetSettings.Redis(1, 300_000, 200_000, 0),
        idle.faults(),
        idle.batch(),
        idle.every(),
        idle.seed(),
        idle.memory());
    DesignResult result =
        new Simulation(busy, List.of(FleetDesigns.CALL)).run((step, done) -> {}).get(0);

    assertThat(result.busiest()).isBetween(1.8, 2.2);
    assertThat(result.unanswered()).isPositive();
  }

  @Test
  void keysWithoutACounterAreAdmittedAndTheirErrorIsBounded() throws InterruptedException {
    FleetSettings all = TestFleets.of(Algorithm.GCRA);
    FleetSettings.Load many =
        new FleetSettings.Load(1_000_000, 0.99, new ArrivalProcess.Poisson(), 4_000, 1_500_000);
    FleetSettings settings = new FleetSettings(
        all.instances(),
        all.policy(),
        many,
        all.network(),
        all.redis(),
        all.faults(),
        all.batch(),
        all.every(),
        all.seed(),
        new FleetSettings.Memory(100, 1_000));

    for (DesignResult result : run(settings)) {
      assertThat(result.light()).isBetween(0.5, 0.8);
      assertThat(result.lightWrong()).as(result.design()).isBetween(0.0, 1e-2);
    }
  }
}
