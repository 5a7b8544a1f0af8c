package dev.ratelab.bench.throughput;

import dev.ratelab.bench.Environment;
import java.util.function.Consumer;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs one benchmark method in one new JVM. */
final class Jmh {
  private Jmh() {}

  /**
   * Runs it.
   *
   * @param title what is measured, for the message if it fails
   * @param more everything but the method, the fork and its flags
   * @throws IllegalStateException if the benchmark failed
   */
  static RunResult fork(
      Class<?> benchmark, String method, String title, Consumer<OptionsBuilder> more)
      throws InterruptedException {
    OptionsBuilder options = new OptionsBuilder();
    options
        .include("^" + benchmark.getName().replace(".", "\\.") + "\\." + method + "$")
        .forks(1)
        .jvmArgs(Environment.inheritedFlags().toArray(String[]::new))
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
    more.accept(options);
    try {
      return new Runner(options.build()).runSingle();
    } catch (RunnerException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      throw new IllegalStateException("JMH could not measure " + title, e);
    }
  }
}
