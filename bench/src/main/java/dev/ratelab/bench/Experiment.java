package dev.ratelab.bench;

import java.io.IOException;
import java.time.Duration;

/** One question put to the limiters: it draws its load from the run's seed and writes what it measured. */
public interface Experiment {
  /** The name on the command line and in the results, for example {@code latency}. */
  String name();

  /** About how long {@link #run} takes on a small idle machine; only the progress display needs it. */
  Duration planned(Run run);

  /**
   * Measures, and adds each number to {@link Run#results()} as soon as it is known.
   *
   * @throws InterruptedException if the thread is interrupted, which is how a run is stopped; asked
   *     for between steps, at least once a second
   * @throws IOException if the results cannot be written
   */
  void run(Run run) throws InterruptedException, IOException;
}
