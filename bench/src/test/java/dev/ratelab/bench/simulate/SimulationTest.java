package dev.ratelab.bench.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Metric;
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
        .map(result -> result.toString().replaceAll("SIMULATED=[^}]*", ""))
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
  void everyRequestEndsOnce(Algorithm algorithm) {
    for (FleetDesigns design : FleetDesigns.values()) {
      FleetRun run = TestFleets.played(TestFleets.faulty(algorithm), design::on);

      assertThat(run.tally().ended()).as(design.id()).isEqualTo(run.requests());
      assertThat(run.tally().crashed).as(design.id()).isPositive();
      assertThat(run.requests()).isBetween(5_000L, 7_000L);
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
      assertThat(result.value(Metric.ADMITTED)).isBetween(0.1, 0.9);
      assertThat(result.value(Metric.OVER_ADMITTED)).isZero();
      assertThat(result.value(Metric.UNDER_ADMITTED)).isZero();
      assertThat(result.value(Metric.OVER_PROMISE)).isZero();
      assertThat(result.value(Metric.CALLS_PER_DECISION)).isEqualTo(1);
      assertThat(result.value(Metric.P99)).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void callsAndBatchesNeverPassThePromiseWhateverFails(Algorithm algorithm)
      throws InterruptedException {
    for (DesignResult result : run(TestFleets.faulty(algorithm))) {
      if (result.design().startsWith("call") || result.design().startsWith("batches")) {
        assertThat(result.value(Metric.OVER_PROMISE)).as(result.design()).isZero();
      }
    }
  }

  @Test
  void countsThatComeLateLetTooMuchIn() throws InterruptedException {
    DesignResult late = new Simulation(TestFleets.of(Algorithm.GCRA), List.of(FleetDesigns.ASYNC))
        .run((step, done) -> {})
        .get(0);

    assertThat(late.value(Metric.OVER_PROMISE)).isGreaterThan(20);
    assertThat(late.value(Metric.OVER_ADMITTED)).isGreaterThan(0.1);
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

    assertThat(result.value(Metric.BUSIEST_SHARD)).isBetween(1.8, 2.2);
    assertThat(result.value(Metric.UNANSWERED)).isPositive();
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
      assertThat(result.value(Metric.LIGHT)).isBetween(0.5, 0.8);
      assertThat(result.value(Metric.LIGHT_WRONG)).as(result.design()).isBetween(0.0, 1e-2);
    }
  }
}
