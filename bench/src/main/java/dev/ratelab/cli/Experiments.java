package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.accuracy.Accuracy;
import dev.ratelab.bench.accuracy.GeneratedWorkloads;
import dev.ratelab.bench.burst.Burst;
import dev.ratelab.bench.latency.Latency;
import dev.ratelab.bench.memory.BytesPerKey;
import dev.ratelab.bench.rediscost.RedisCost;
import dev.ratelab.bench.scaling.Scaling;
import dev.ratelab.bench.throughput.Throughput;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The experiments that the command line offers. */
final class Experiments {
  /** What {@code compare} runs, in its order: the quick ones first. */
  static final List<Experiment> COMPARED = List.of(
      new Burst(),
      new Accuracy(GeneratedWorkloads::of),
      new BytesPerKey(),
      new Throughput(),
      new Latency());

  /** What {@code bench} runs one of. */
  static final List<Experiment> ALL = Stream.concat(
          COMPARED.stream(), Stream.of(new RedisCost(), new Scaling()))
      .toList();

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
