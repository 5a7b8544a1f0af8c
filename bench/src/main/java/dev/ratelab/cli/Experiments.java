package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.Profile;
import dev.ratelab.bench.accuracy.Accuracy;
import dev.ratelab.bench.burst.Burst;
import dev.ratelab.bench.leases.Leases;
import dev.ratelab.bench.load.Http;
import dev.ratelab.bench.load.Latency;
import dev.ratelab.bench.memory.BytesPerKey;
import dev.ratelab.bench.rediscost.ClusterCost;
import dev.ratelab.bench.rediscost.RedisCost;
import dev.ratelab.bench.rediscost.TenantCost;
import dev.ratelab.bench.throughput.Resolution;
import dev.ratelab.bench.throughput.Scaling;
import dev.ratelab.bench.throughput.Throughput;
import dev.ratelab.bench.validation.SimulationValidation;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The experiments that the command line offers. */
final class Experiments {
  /** In the order to be run: the quick ones first. */
  private static final List<Experiment> COMPARED = List.of(
      new Burst(), Accuracy.generated(), new BytesPerKey(), new Throughput(), new Latency());

  /**
   * What {@code compare} runs.
   *
   * @param profile {@code full} adds what a laptop's minutes have no room for; how all of it grows ({@code scaling}) takes as
   *     long again and is asked for by itself
   */
  static List<Experiment> compared(Profile profile) {
    return profile == Profile.FULL
        ? Stream.concat(
                COMPARED.stream(), Stream.of(new RedisCost(), new Leases(), Http.of(profile)))
            .toList()
        : COMPARED;
  }

  /** What {@code bench} runs one of. */
  static final List<Experiment> ALL = Stream.concat(
          COMPARED.stream(),
          Stream.of(
              new RedisCost(),
              new TenantCost(),
              new ClusterCost(),
              new Leases(),
              new Scaling(),
              new Resolution(),
              new SimulationValidation()))
      .toList();

  /** Whether limiters of others are measured beside ours: not by a load that the user gives. */
  static boolean measuresPeers(Experiment experiment) {
    return experiment instanceof Http
        || List.of("burst", "accuracy", "memory", "throughput", "latency", "redis-cost", "scaling")
            .contains(experiment.name());
  }

  /** The limit unless the user gives another. */
  static final long PERMITS = 100;

  /** The window unless the user gives another. */
  static final Duration WINDOW = Duration.ofSeconds(1);

  private Experiments() {}

  /** Their names, for the help. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return ALL.stream().map(Experiment::name).iterator();
    }
  }
}
