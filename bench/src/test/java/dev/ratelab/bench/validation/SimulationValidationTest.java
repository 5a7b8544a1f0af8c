package dev.ratelab.bench.validation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.bench.Interval;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.simulate.FleetDesigns;
import dev.ratelab.bench.validation.SimulationValidation.Checked;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulationValidationTest {
  private static final int REPETITIONS = 6;
  private static final Duration LENGTH = Duration.ofMillis(600);

  /** So far apart may means be that no interval tells of: a model leaves something out. */
  private static final Map<Metric, Double> CLOSE =
      Map.of(Metric.ADMITTED, 0.05, Metric.CALLS_PER_DECISION, 0.2, Metric.LAPSED, 0.1);

  @TempDir
  private Path temp;

  /** A machine that stalls makes wide intervals, and no failure: each load's are as wide as its own repetitions lay apart. */
  @Test
  void theSimulatorIsWithinWhatARealRedisShows() throws Exception {
    List<SmallLoad> loads = SmallLoad.all().stream()
        .filter(load -> load.load().equals("hot-key-above"))
        .toList();
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      RedisUnderTest asked = RedisUnderTest.at(redis.address().toString());
      Run run = new Run(
          Profile.QUICK,
          1,
          loads.get(0).policy().limit(),
          asked,
          ResultsDirectory.create(temp.resolve("run"), Map.of(), Map.of()),
          (step, done) -> {});

      List<Checked> checked =
          SimulationValidation.measured(run, asked.url(), loads, REPETITIONS, LENGTH);

      assertThat(checked).hasSize(4);
      for (Checked each : checked) {
        CLOSE.forEach((metric, close) -> {
          Interval measured = each.measured(metric);
          Interval simulated = each.simulated(metric);
          // Twice Student's, since a dozen are compared and all are to hold.
          double apart = 2 * half(measured) + 2 * half(simulated) + close;
          assertThat(Math.abs(measured.mean() - simulated.mean()))
              .as("%s, %s: measured %s, simulated %s", each.load(), metric, measured, simulated)
              .isLessThanOrEqualTo(apart);
        });
      }
      assertThat(mean(checked, FleetDesigns.LEASES_ADAPTIVE))
          .isLessThan(mean(checked, FleetDesigns.CALL));
    }
  }

  private static double half(Interval interval) {
    return interval.high() - interval.mean();
  }

  private static double mean(List<Checked> checked, FleetDesigns design) {
    return checked.stream()
        .filter(each -> each.load().design() == design)
        .mapToDouble(each -> each.measured(Metric.CALLS_PER_DECISION).mean())
        .average()
        .orElseThrow();
  }

  /** Ten a window, and twelve are admitted at once. */
  @Test
  void whatWasObservedIsHeldAgainstOneCounter() {
    int requests = 24;
    long[] at = new long[requests];
    boolean[] admitted = new boolean[requests];
    for (int i = 0; i < requests; i++) {
      at[i] = i < 12 ? 1_000_000 : 1_200_000;
      admitted[i] = i < 12;
    }
    Observed observed = new Observed(new int[requests], at, at, admitted);
    Limit limit = Limit.of(10, Duration.ofSeconds(1));

    assertThat(observed.share()).isEqualTo(0.5);
    assertThat(observed.excess(limit)).isEqualTo(0.2, within(1e-9));
    // GCRA gives 10 at once and 2 a fifth of a window later: as many in all.
    assertThat(observed.deviation(SmallLoad.ALGORITHM, limit))
        .isEqualTo(new Observed.Deviation(0, 0));
  }
}
