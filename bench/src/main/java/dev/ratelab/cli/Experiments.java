package dev.ratelab.cli;

import dev.ratelab.bench.Experiment;
import dev.ratelab.bench.latency.Latency;
import dev.ratelab.bench.memory.BytesPerKey;
import dev.ratelab.bench.throughput.Throughput;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/** The experiments that the command line offers, in the order {@code compare} runs them: the quick ones first. */
final class Experiments {
  static final List<Experiment> ALL = List.of(new BytesPerKey(), new Throughput(), new Latency());

  /** Those that measure Redis too; for the others none is started. */
  static final Set<String> USE_REDIS = Set.of("memory", "throughput", "latency");

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
