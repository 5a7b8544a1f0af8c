package dev.ratelab.bench;

import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Notice;
import dev.ratelab.reports.results.Results;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs for tests, of the smallest profile. */
public final class TestRuns {
  private TestRuns() {}

  /** A run of seed 1 that writes into a new directory within this one, on the Redis of a URL or on none. */
  public static Run of(Path directory, Limit limit, @Nullable String redis) throws IOException {
    ResultsDirectory results =
        ResultsDirectory.create(directory.resolve("run"), Map.of(), Map.of());
    RedisUnderTest measured = redis == null ? null : RedisUnderTest.at(redis);
    return new Run(Profile.SMOKE, 1, limit, measured, results, (step, done) -> {});
  }

  /** The one value of a metric of a subject under a workload. */
  public static double value(Run run, Subject subject, String workload, String metric) {
    Series series = subject.series("any", workload);
    return run.results().results().measurements().stream()
        .filter(m -> m.algorithm().equals(series.algorithm()))
        .filter(m -> m.subject().equals(series.subject()))
        .filter(m -> m.backend().equals(subject.backend()) && m.client().equals(subject.client()))
        .filter(m -> m.workload().equals(workload) && m.metric().equals(metric))
        .mapToDouble(Measurement::value)
        .reduce((a, b) -> {
          throw new AssertionError("two values of " + metric);
        })
        .orElseThrow();
  }

  /** A run's warning, empty if it has none of this name. */
  public static String warning(Results results, String name) {
    return results.notices(Notice.Kind.WARNING).stream()
        .filter(warning -> warning.name().equals(name))
        .map(Notice::text)
        .collect(Collectors.joining());
  }
}
