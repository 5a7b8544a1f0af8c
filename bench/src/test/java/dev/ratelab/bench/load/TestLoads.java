package dev.ratelab.bench.load;

import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Loads for tests. */
final class TestLoads {
  private TestLoads() {}

  static LoadOptions options(
      ArrivalProcess arrivals, double rate, Duration duration, Popularity skew, @Nullable Slo slo) {
    return new LoadOptions(
        arrivals, rate, duration, Duration.ZERO, 4, 1, 100, skew, Duration.ofSeconds(20), slo);
  }

  /** Asks {@code POST /check} for a key for each request. */
  static HttpLoad connect(
      URI uri, ProperAnswers proper, int connections, int pipeline, Duration deadline)
      throws Exception {
    return connect(HttpRequestTemplate.check(uri), proper, connections, pipeline, deadline);
  }

  static HttpLoad connect(
      HttpRequestTemplate template,
      ProperAnswers proper,
      int connections,
      int pipeline,
      Duration deadline)
      throws Exception {
    Duration second = Duration.ofSeconds(1);
    return HttpLoad.connect(
        template,
        number -> "user" + number,
        proper,
        new LoadOptions(
            new ArrivalProcess.Constant(),
            1,
            second,
            second,
            connections,
            pipeline,
            1,
            Popularity.UNIFORM,
            deadline,
            null));
  }
}
