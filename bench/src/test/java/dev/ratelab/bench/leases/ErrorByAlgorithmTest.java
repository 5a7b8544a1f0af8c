package dev.ratelab.bench.leases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.bench.Profile;
import dev.ratelab.bench.Run;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.ResultsDirectory;
import dev.ratelab.reports.results.Series;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorByAlgorithmTest {
  private static final Lease LEASE = Lease.of(100, Duration.ofSeconds(1));

  private static final String NEAR = "poisson-one-hot-key-near-limit";

  @TempDir
  private Path directory;

  @Test
  void theSameSeedGivesTheSameAgain() throws Exception {
    Run run = run("run", Profile.SMOKE);
    Run again = run("again", Profile.SMOKE);

    new ErrorByAlgorithm(run).measure();
    new ErrorByAlgorithm(again).measure();

    assertThat(run.results().results().measurements())
        .isNotEmpty()
        .isEqualTo(again.results().results().measurements());
  }

  @Test
  void eachAlgorithmsErrorIsMeasured() throws Exception {
    Run run = run("run", Profile.QUICK);

    new ErrorByAlgorithm(run).measure();

    for (Algorithm algorithm : Algorithm.values()) {
      for (String block : List.of("", "-lease-1-for-1000ms", "-lease-100-for-1000ms")) {
        for (String load : List.of("poisson-one-hot-key-denied", NEAR, "bursts-one-hot-key")) {
          assertThat(value(run, algorithm, load + block, "worst-ratio"))
              .as(algorithm + " " + load + block)
              .isBetween(0.4, 1.0);
        }
      }
      assertThat(value(run, algorithm, NEAR + "-lease-100-for-200ms", "lapsed"))
          .as("%s: more is left of a block that ends sooner", algorithm)
          .isGreaterThan(value(run, algorithm, NEAR + "-lease-100-for-1000ms", "lapsed"));
      assertThat(value(run, algorithm, NEAR, "calls-per-decision")).isEqualTo(1);
    }
  }

  /** The planted fault: what backs an instance charges half of what it grants. */
  @ParameterizedTest
  @EnumSource
  void aBlockThatWasChargedByHalfIsOverTheBound(Algorithm algorithm) {
    assertThatThrownBy(() -> play(run("run", Profile.SMOKE), algorithm, cost -> (cost + 1) / 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("broke its bound");
  }

  /** The planted fault: half of what is charged is lost. */
  @ParameterizedTest
  @EnumSource
  void whatIsChargedAndLostIsMissing(Algorithm algorithm) throws Exception {
    Run run = run("run", Profile.SMOKE);

    play(run, algorithm, cost -> 2 * cost);

    assertThat(value(run, algorithm, "w", "under-admitted")).isBetween(0.4, 0.6);
  }

  private static void play(Run run, Algorithm algorithm, LongUnaryOperator charged)
      throws IOException {
    Policy policy = Policy.of("p", algorithm, SharedLoad.DENIED.limit(LEASE)).withLease(LEASE);
    VirtualRedis redis = new VirtualRedis();
    RateLimiter wrong = request -> redis.decide(new Request(
        request.tenant(), request.key(), charged.applyAsLong(request.cost()), request.policies()));
    List<RateLimiter> leased = Stream.generate(
            () -> (RateLimiter) RateLimiters.leased(wrong, RequestDecision::undecided, redis))
        .limit(SharedLoad.DENIED.instances)
        .toList();
    try (redis;
        Instances instances = new Instances(policy, redis, leased)) {
      ErrorByAlgorithm.play(run, SharedLoad.DENIED, redis, instances);
      FleetError.write(run, Series.of("leases").algorithm(algorithm.id()).workload("w"), instances);
    }
  }

  private static double value(Run run, Algorithm algorithm, String workload, String metric) {
    return run.results().results().measurements().stream()
        .filter(m -> m.algorithm().equals(algorithm.id()) && m.metric().equals(metric))
        .filter(m -> m.workload().equals(workload))
        .mapToDouble(Measurement::value)
        .findFirst()
        .orElseThrow();
  }

  private Run run(String name, Profile profile) throws IOException {
    ResultsDirectory results = ResultsDirectory.create(directory.resolve(name), Map.of(), Map.of());
    return new Run(
        profile, 1, Limit.of(100, Duration.ofSeconds(1)), null, results, (step, done) -> {});
  }
}
