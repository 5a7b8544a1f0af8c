package dev.ratelab.verification.suite;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import dev.ratelab.verification.property.Property;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Every property on every implementation, for each algorithm that it is about; writes what came of it as it goes. */
public final class Suite {
  public static final String EXPERIMENT = "verification";

  private record Part(Property property, Implementation implementation, Algorithm algorithm) {
    String title() {
      return "%s, %s, %s"
          .formatted(property, algorithm, implementation.subject().name());
    }
  }

  private final List<Part> parts = new ArrayList<>();
  private final int tries;
  private final long seed;

  /** A suite of these, with so many scenarios for each property, implementation and algorithm. Equal seeds draw equal scenarios. */
  public Suite(
      List<Implementation> implementations, List<Algorithm> algorithms, int tries, long seed) {
    this.tries = tries;
    this.seed = seed;
    for (Property property : Property.values()) {
      for (Implementation implementation : implementations) {
        for (Algorithm algorithm : algorithms) {
          if (property.accepts(algorithm) && property.accepts(implementation.subject())) {
            parts.add(new Part(property, implementation, algorithm));
          }
        }
      }
    }
  }

  /** How many promises were broken, each on one implementation for one algorithm, and a sentence for each that gave no answer. */
  public record Outcome(int broken, List<String> unanswered) {
    public Outcome {
      unanswered = List.copyOf(unanswered);
    }
  }

  /** Who is told how far it is. */
  public interface Progress {
    /** A step begins, with so much of the suite behind, 0 to 1. */
    void step(String step, double done);
  }

  /**
   * Runs all of it. A broken promise does not end it, and neither does an implementation that gives no answer: it is not
   * asked about that algorithm again.
   *
   * @return what came of it beside the rows in the results
   * @throws InterruptedException if the thread is interrupted
   * @throws IOException if the results cannot be written
   */
  public Outcome run(ResultsDirectory results, Progress progress)
      throws InterruptedException, IOException {
    int broken = 0;
    List<String> unanswered = new ArrayList<>();
    List<Part> silent = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      if (silent.stream()
          .anyMatch(other -> other.implementation.equals(part.implementation)
              && other.algorithm == part.algorithm)) {
        continue;
      }
      progress.step(part.title(), (double) i / parts.size());
      try {
        broken += holds(part, results) ? 0 : 1;
      } catch (RuntimeException e) {
        silent.add(part);
        unanswered.add("%s: gave no answer, so it was not asked on: %s"
            .formatted(part.title(), e.getCause() == null ? e : e.getCause().getMessage()));
      }
    }
    return new Outcome(broken, unanswered);
  }

  private boolean holds(Part part, ResultsDirectory results)
      throws InterruptedException, IOException {
    PropertyRun.Result result =
        PropertyRun.of(part.property, part.implementation.subject(), part.algorithm, tries, seed);
    Series series = Series.of(EXPERIMENT)
        .algorithm(part.algorithm.id())
        .backend(part.implementation.backend(), part.implementation.client())
        .workload(part.property.title());
    Counterexample counterexample = result.counterexample();
    if (counterexample != null) {
      String raw = results.raw(series, "json");
      CounterexampleFile.write(results.path().resolve(raw), counterexample);
      series = series.raw(raw);
    }
    results.add(series.exact(Metric.PROPERTY, counterexample == null ? 1 : 0, result.tries()));
    return counterexample == null;
  }
}
