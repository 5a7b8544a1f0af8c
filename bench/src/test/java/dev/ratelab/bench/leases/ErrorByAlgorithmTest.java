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
  private static final Lease SHORT = Lease.of(100, Duration.ofMillis(200));

  private static final String NEAR = "poisson-one-hot-key-near-limit";

  @TempDir
  private Path directory;

  @Test
  void theSameSeedGivesTheSameAgain() throws Exception {
    Run run = run("run", Profile.SMOKE);
    Run again = run("again", Profile.SMOKE);

    for (Run each : List.of(run, again)) {
      ErrorByAlgorithm error = new ErrorByAlgorithm(each);
      error.measure(0);
      error.measure(SharedLoad.MANY_KEYS, Algorithm.GCRA, LEASE);
    }

    assertThat(run.results().results().measurements())
        .isNotEmpty()
        .isEqualTo(again.results().results().measurements());
  }

  @ParameterizedTest
  @EnumSource
  void eachAlgorithmsErrorIsMeasured(Algorithm algorithm) throws Exception {
    Run run = run("run", Profile.SMOKE);
    ErrorByAlgorithm error = new ErrorByAlgorithm(run);
    Map<String, Lease> leases = Map.of(
        "-lease-1-for-1000ms", Lease.of(1, Duration.ofSeconds(1)), "-lease-100-for-1000ms", LEASE);

    for (SharedLoad load : List.of(SharedLoad.DENIED, SharedLoad.NEAR_LIMIT, SharedLoad.BURSTS)) {
      error.measure(load, algorithm, null);
      assertThat(value(run, algorithm, load.id, "worst-ratio")).as(load.id).isBetween(0.4, 1.0);
      for (String name : leases.keySet()) {
        error.measure(load, algorithm, leases.get(name));
        assertThat(value(run, algorithm, load.id + name, "worst-ratio"))
            .as(load.id + name)
            .isBetween(0.4, 1.0);
      }
    }
    error.measure(SharedLoad.NEAR_LIMIT, algorithm, SHORT);
    assertThat(value(run, algorithm, NEAR + "-lease-100-for-200ms", "lapsed"))
        .as("more is left of a block that ends sooner")
        .isGreaterThan(value(run, algorithm, NEAR + "-lease-100-for-1000ms", "lapsed"));
    assertThat(value(run, algorithm, NEAR, "calls-per-decision")).isEqualTo(1);
  }

  /** A bucket loses permits only while it empties; a fixed window is full again and again. */
  @Test
  void whatIsLostWhileACounterEmptiesIsLeftOut() throws Exception {
    Run run = run("run", Profile.QUICK);
    ErrorByAlgorithm error = new ErrorByAlgorithm(run);

    error.measure(SharedLoad.NEAR_LIMIT, Algorithm.GCRA, SHORT);
    error.measure(SharedLoad.NEAR_LIMIT, Algorithm.FIXED_WINDOW, SHORT);

    String load = NEAR + "-lease-100-for-200ms";
    assertThat(value(run, Algorithm.GCRA, load, "under-admitted")).isLessThan(0.001);
    assertThat(value(run, Algorithm.FIXED_WINDOW, load, "under-admitted")).isGreaterThan(0.05);
    assertThat(value(run, Algorithm.GCRA, load, "lapsed")).as("of all").isPositive();
  }

  @Test
  void whatIsStillHeldHasNotLapsed() throws Exception {
    Run run = run("run", Profile.SMOKE);
    Policy policy =
        Policy.of("p", Algorithm.GCRA, SharedLoad.DENIED.limit(LEASE)).withLease(LEASE);
    try (VirtualRedis redis = new VirtualRedis();
        Instances instances = Instances.on(redis, 1, policy)) {
      for (int i = 0; i < 10; i++) {
        redis.runUntil(1_000L * i);
        instances.send(0, "k");
      }
      redis.finish();
      long held = instances.borrowed() - instances.admittedHere();
      assertThat(held).isPositive();

      FleetError.write(run, Series.of("leases").algorithm("gcra").workload("w"), instances, 0);
      redis.runUntil(2 * SharedLoad.SECOND);

      assertThat(value(run, Algorithm.GCRA, "w", "lapsed")).isZero();
      assertThat(instances.lapsed()).isEqualTo(held);
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
      new ErrorByAlgorithm(run).play(SharedLoad.DENIED, redis, instances);
      FleetError.write(
          run, Series.of("leases").algorithm(algorithm.id()).workload("w"), instances, 0);
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
