package dev.ratelab.bench.validation;

import dev.ratelab.bench.Effort;
import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Interval;
import dev.ratelab.bench.RedisUnderTest;
import dev.ratelab.bench.Run;
import dev.ratelab.bench.Turns;
import dev.ratelab.bench.workload.Seeds;
import dev.ratelab.reports.results.CsvFile;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Small loads on a real Redis, and the same in the simulator, whose network is as slow as the real one was seen to be. Where the simulator
 * lies within what was measured, it may be believed beyond it.
 */
public final class SimulationValidation implements Experiment {
  private static final String NAME = "simulation-validation";
  /** So often each repetition is simulated. */
  private static final int SIMULATED = 5;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration planned(Run run) {
    Effort.Amount effort = Effort.SIMULATION_VALIDATION.of(run);
    return effort.turn().multipliedBy((long) SmallLoad.all().size() * (effort.turns() + 1));
  }

  @Override
  public void run(Run run) throws InterruptedException, IOException {
    RedisUnderTest redis = run.redis();
    if (redis == null) {
      run.results()
          .warn("simulation_validation", "to validate the simulator needs a Redis; none here");
      return;
    }
    Effort.Amount effort = Effort.SIMULATION_VALIDATION.of(run);
    for (Checked each :
        measured(run, redis.url(), SmallLoad.all(), effort.turns(), effort.turn())) {
      Series series = Series.of(NAME)
          .algorithm(SmallLoad.ALGORITHM.id())
          .workload(each.load.name(effort.turn()));
      write(run, series.backend(redis.backend(), "lettuce"), each.measured);
      write(run, series.backend(Measurement.SIMULATED), each.simulated);
    }
  }

  /**
   * What came of a load: each metric, repetition by repetition.
   *
   * @param measured on the real Redis
   * @param simulated with other keys and instances, at the same instants
   */
  record Checked(
      SmallLoad load, Map<Metric, List<Double>> measured, Map<Metric, List<Double>> simulated) {
    Interval measured(Metric metric) {
      return interval(Objects.requireNonNull(measured.get(metric)));
    }

    Interval simulated(Metric metric) {
      return interval(Objects.requireNonNull(simulated.get(metric)));
    }
  }

  /** Runs each load so often for real, in turns, and then in the simulator. */
  static List<Checked> measured(
      Run run, String redisUrl, List<SmallLoad> loads, int repetitions, Duration length)
      throws InterruptedException, IOException {
    Map<SmallLoad, List<RealOutcome>> real = new LinkedHashMap<>();
    try (RealFleet fleet = new RealFleet(redisUrl, SmallLoad.INSTANCES)) {
      Turns.warmed(run, repetitions).take(loads, load -> load.name(length), (load, round, done) -> {
        long seed = Seeds.derive(run.seed(), NAME, round);
        RealOutcome outcome = fleet.run(load.settings(seed, length), load.design());
        if (round > 0) {
          real.computeIfAbsent(load, absent -> new ArrayList<>()).add(outcome);
        }
      });
    }
    List<Checked> checked = new ArrayList<>();
    for (Map.Entry<SmallLoad, List<RealOutcome>> each : real.entrySet()) {
      SmallLoad load = each.getKey();
      Map<Metric, List<Double>> measured = new EnumMap<>(Metric.class);
      Map<Metric, List<Double>> simulated = new EnumMap<>(Metric.class);
      SmallLoad.Network network = SmallLoad.Network.of(
          each.getValue().stream().flatMap(one -> one.roundTrips().stream()).toList());
      for (RealOutcome outcome : each.getValue()) {
        add(measured, outcome.metrics(load.policy()));
        for (int i = 0; i < SIMULATED; i++) {
          long seed = Seeds.derive(run.seed(), NAME, -1 - i);
          add(
              simulated,
              SmallLoad.metrics(load.simulate(seed, outcome.observed().sent(), network)));
        }
      }
      checked.add(new Checked(load, measured, simulated));
    }
    return checked;
  }

  private static void add(Map<Metric, List<Double>> all, Map<Metric, Double> one) {
    one.forEach((metric, value) ->
        all.computeIfAbsent(metric, absent -> new ArrayList<>()).add(value));
  }

  private static void write(Run run, Series bare, Map<Metric, List<Double>> values)
      throws IOException {
    Series series;
    try (CsvFile csv = run.results()
        .csv(
            bare,
            Stream.concat(Stream.of("repetition"), values.keySet().stream().map(Metric::id))
                .toArray(String[]::new))) {
      int rows = values.values().stream().mapToInt(List::size).min().orElse(0);
      for (int i = 0; i < rows; i++) {
        int row = i;
        csv.row(Stream.concat(Stream.of(i + 1), values.values().stream().map(all -> all.get(row)))
            .toArray());
      }
      series = bare.raw(csv.raw());
    }
    for (Map.Entry<Metric, List<Double>> each : values.entrySet()) {
      Interval interval = interval(each.getValue());
      run.results()
          .add(series.measured(
              each.getKey(),
              interval.mean(),
              interval.low(),
              interval.high(),
              each.getValue().size()));
    }
  }

  private static Interval interval(List<Double> values) {
    return Interval.ofMean(values.stream().mapToDouble(value -> value).toArray());
  }
}
