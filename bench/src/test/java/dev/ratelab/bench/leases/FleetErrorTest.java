package dev.ratelab.bench.leases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Series;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In an hour's window nothing comes back while a test runs: what is admitted is exact. */
class FleetErrorTest {
  private static final Limit LIMIT = Limit.of(100, Duration.ofHours(1));
  private static final Policy POLICY =
      Policy.of("p", Algorithm.GCRA, LIMIT).withLease(Lease.of(5, Duration.ofSeconds(1)));

  @TempDir
  private Path directory;

  private Run run;

  @BeforeEach
  void open() throws Exception {
    run = TestRuns.of(directory, LIMIT, null);
  }

  @Test
  void instancesThatShareACounterAreNotOff() throws Exception {
    RateLimiter shared = RateLimiters.inMemory();

    measure(shared, shared);

    assertThat(value("admitted")).isEqualTo(0.5);
    assertThat(value("under-admitted")).isZero();
    assertThat(value("over-admitted")).isZero();
    assertThat(value("max-in-window")).isEqualTo(100);
    assertThat(value("excess")).isZero();
    assertThat(value("over-promise")).isZero();
    assertThat(value("bound-in-window")).as("E(W) = 2N, and two blocks").isEqualTo(200);
  }

  /** The planted fault: each instance grants the whole limit by itself. */
  @Test
  void instancesThatShareNothingAreOverTheBound() {
    RateLimiter[] own =
        Stream.generate(RateLimiters::inMemory).limit(2).toArray(RateLimiter[]::new);

    assertThatThrownBy(() -> measure(own))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("broke its bound");
    assertThat(value("over-admitted")).isEqualTo(1);
    assertThat(value("worst-ratio")).isGreaterThan(1);
    assertThat(value("over-promise")).as("at once N, and 99 or 100 more").isBetween(99.0, 100.0);
    assertThat(value("excess")).isEqualTo(1);
  }

  /** The planted fault: every other permit is charged and lost. */
  @Test
  void whatIsChargedAndNotSpentIsMissing() throws Exception {
    RateLimiter shared = RateLimiters.inMemory();
    RateLimiter losing = new RateLimiter() {
      @Override
      public CompletionStage<RequestDecision> checkAsync(Request request) {
        return shared.checkAsync(
            new Request(request.tenant(), request.key(), 2, request.policies()));
      }
    };

    measure(losing, losing);

    assertThat(value("under-admitted")).isEqualTo(0.5);
    assertThat(value("over-admitted")).isZero();
    assertThat(value("max-in-window")).isEqualTo(50);
  }

  private void measure(RateLimiter... limiters) throws Exception {
    try (Instances instances = new Instances(POLICY, TimeSource.monotonic(), List.of(limiters))) {
      for (int i = 0; i < 200; i++) {
        instances.send(i % limiters.length, "k");
      }
      FleetError.write(run, Series.of("leases").workload("w"), instances, 0);
    }
  }

  private double value(String metric) {
    return run.results().results().measurements().stream()
        .filter(m -> m.metric().equals(metric))
        .mapToDouble(Measurement::value)
        .findFirst()
        .orElseThrow();
  }
}
