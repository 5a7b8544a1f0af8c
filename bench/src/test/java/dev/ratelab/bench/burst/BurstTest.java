package dev.ratelab.bench.burst;

import static dev.ratelab.bench.TestRuns.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.Targets;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.peer.Peer;
import dev.ratelab.bench.peer.Peers;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.RawSeries;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BurstTest {
  @TempDir
  private Path directory;

  /** Ours, and peers on a given clock; of the large limit only so many are taken at once. */
  @ParameterizedTest
  @CsvSource({"1, 1", "3, 6", "4, 12", "10, 20", "100, 1000000", "7, 1000003", "1000, 60000000"})
  void theAdversaryReachesEveryBoundAndNobodyPassesIt(long permits, long window) throws Exception {
    Run run = TestRuns.of(directory, new Limit(permits, window, permits), null);

    new Burst().run(run);

    List<Subject> peers = Subject.peersInVirtualTime();
    assertThat(peers).extracting(Subject::name).containsExactly("bucket4j", "resilience4j");
    Stream.concat(Subject.limiters(run).stream(), peers.stream()).forEach(subject -> {
      assertThat(value(run, subject, "adversarial", "worst-ratio"))
          .as(subject.title())
          .isEqualTo(1.0);
      assertThat(value(run, subject, "poisson", "worst-ratio"))
          .as(subject.title())
          .isBetween(0.1, 1.0);
    });
  }

  /** The numbers that the catalogue gives for one window. */
  @ParameterizedTest
  @CsvSource({
    "fixed-window, 20, 20",
    "sliding-window-counter, 19, 19",
    "sliding-window-buckets, 10, 10",
    "sliding-window-log, 10, 10",
    "token-bucket, 19, 19",
    "gcra, 19, 19",
    "leaky-bucket, 10, 10"
  })
  void oneWindowHoldsWhatTheCatalogueSays(String algorithm, double most, double bound)
      throws Exception {
    Run run = TestRuns.of(directory, new Limit(10, 20, 10), null);

    new Burst().run(run);

    Subject subject = new Subject(algorithm, "memory", "none");
    assertThat(value(run, subject, "adversarial", "max-in-window")).isEqualTo(most);
    assertThat(value(run, subject, "adversarial", "bound-in-window")).isEqualTo(bound);
  }

  @Test
  void redisIsMeasuredTooAndHoldsTheSameBound() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run = TestRuns.of(directory, new Limit(10, 1_000, 10), redis.address().toString());

      new Burst().run(run);

      assertThat(Subject.limiters(run)).hasSize(3 * Algorithm.values().length);
      for (Subject subject : Subject.limiters(run)) {
        assertThat(value(run, subject, "adversarial", "worst-ratio"))
            .as(subject.title())
            .isEqualTo(1.0);
      }
    }
  }

  /** On its own clock each backend lets the attack through as far as its bound allows, and never farther. */
  @Test
  void onTheRealClockTheBoundHoldsAndTheAttackComesNear() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded")) {
      Run run =
          TestRuns.of(directory, new Limit(20, 100_000, 20), redis.address().toString());

      new Burst().run(run);

      for (Subject subject : Subject.limiters(run)) {
        // A machine may hold up the attacker; a limit's worth in one window it always gets.
        assertThat(value(run, subject, "adversarial-real-clock", "worst-ratio"))
            .as(subject.title())
            .isBetween(0.1, 1.0);
        assertThat(value(run, subject, "adversarial-real-clock", "bound-in-window"))
            .isEqualTo(value(run, subject, "adversarial", "bound-in-window"));
      }
      for (Peer peer : Peers.all()) {
        assertThat(value(run, Subject.of(peer), "adversarial-real-clock", "worst-ratio"))
            .as(peer.toString())
            .isBetween(0.01, 1.0);
      }
      for (double[] point : RawSeries.read(
          run.results().path(),
          "raw/burst-fixed-window-redis-jedis-adversarial-real-clock.csv",
          "measured",
          "possible",
          "bound")) {
        assertThat(point[0]).isLessThanOrEqualTo(point[1]).isLessThanOrEqualTo(point[2]);
      }
    }
  }

  /** A limiter that lets twice as much through as it says: the doubt about its instants must not hide that. */
  @Test
  void aLimiterThatIsTooGenerousIsCaughtOnTheRealClock() throws Exception {
    Limit said = new Limit(20, 100_000, 20);
    try (Targets targets = new Targets(null)) {
      List<Subject> subjects = Arrays.stream(Algorithm.values())
          .map(algorithm -> new Subject(algorithm.id(), "memory", "none"))
          .toList();
      for (RealClock.Outcome outcome :
          RealClock.attack(targets, new Limit(40, 100_000, 40), subjects)) {
        Algorithm algorithm = Algorithm.of(outcome.subject().name());
        assertThat(new ClockedCurve(outcome.admitted())
                .worstCertainRatio(Burst.bound(algorithm, said), 300_000))
            .as(algorithm.id())
            .isGreaterThan(1.2);
      }
    }
  }

  /** Red if the run kept quiet about what it left out. */
  @Test
  void aWindowTooLongForTheRealClockIsSaid() throws Exception {
    Run run = TestRuns.of(directory, new Limit(4, 60_000_000, 4), null);

    new Burst().run(run);

    assertThat(TestRuns.warning(run.results().results(), "burst_real_clock"))
        .contains("60000000 us");
  }

  @Test
  void theRawCurveNeverFallsAndStaysUnderItsBound() throws Exception {
    Run run = TestRuns.of(directory, new Limit(100, 1_000_000, 100), null);

    new Burst().run(run);

    double[] before = {0, 0, 0};
    for (double[] point : RawSeries.read(
        run.results().path(),
        "raw/burst-sliding-window-counter-memory-adversarial.csv",
        "tau_us",
        "measured",
        "bound")) {
      assertThat(point[0]).isGreaterThan(before[0]);
      assertThat(point[1]).isGreaterThanOrEqualTo(before[1]).isLessThanOrEqualTo(point[2]);
      before = point;
    }
    assertThat(before[0]).isEqualTo(3_000_000);
  }
}
