package dev.ratelab.bench.accuracy;

import static dev.ratelab.bench.TestRuns.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.workload.GeneratedWorkloads;
import dev.ratelab.bench.workload.VirtualRequest;
import dev.ratelab.bench.workload.Workload;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.RawSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccuracyTest {
  private static final Limit LIMIT = Limit.of(2, Duration.ofSeconds(1));

  /** Two at a window's last instant, two at the next one's first, and one in its middle. */
  private static final Workload EDGE = new Workload(
      "edge",
      List.of(
          arrival(999_999),
          arrival(999_999),
          arrival(1_000_000),
          arrival(1_000_000),
          arrival(1_500_000)));

  @TempDir
  private Path directory;

  private static VirtualRequest arrival(long at) {
    return new VirtualRequest(10_000_000 + at, "k", 1);
  }

  @Test
  void countsByHand() throws Exception {
    Run run = TestRuns.of(directory, LIMIT, null);

    new Accuracy(r -> List.of(EDGE)).run(run);

    // The exact log admits the first two and nothing more within a second.
    assertCounts(run, "sliding-window-log", 3, 0, 0);
    // A new window admits two more; the fifth is over its limit.
    assertCounts(run, "fixed-window", 1, 2, 0);
    // At the edge the old window still weighs all it holds; in the middle half of it, which leaves
    // room for one.
    assertCounts(run, "sliding-window-counter", 2, 1, 0);
    // A token every half second.
    assertCounts(run, "token-bucket", 2, 1, 0);
    assertCounts(run, "bucket4j", 2, 1, 0);
    // Its first window begins with the first request and lasts until after the fifth.
    assertCounts(run, "resilience4j", 3, 0, 0);
  }

  private static void assertCounts(
      Run run, String algorithm, int denied, int wronglyAllowed, int wronglyDenied) {
    Subject subject = new Subject(algorithm, "memory", "none");
    assertThat(List.of(
            value(run, subject, "edge", "requests"),
            value(run, subject, "edge", "denied"),
            value(run, subject, "edge", "wrongly-allowed"),
            value(run, subject, "edge", "wrongly-denied"),
            value(run, subject, "edge", "differ")))
        .as(algorithm)
        .containsExactly(
            5.0,
            (double) denied,
            (double) wronglyAllowed,
            (double) wronglyDenied,
            (wronglyAllowed + wronglyDenied) / 5.0);
  }

  @Test
  void theRawFileAddsUpToTheNumbers() throws Exception {
    Run run = TestRuns.of(directory, LIMIT, null);

    Accuracy.generated().run(run);

    List<double[]> windows = RawSeries.read(
        run.results().path(),
        "raw/accuracy-fixed-window-memory-zipf.csv",
        "requests",
        "denied",
        "wrongly_allowed",
        "wrongly_denied");
    Subject subject = new Subject("fixed-window", "memory", "none");
    String[] metrics = {"requests", "denied", "wrongly-allowed", "wrongly-denied"};
    for (int i = 0; i < metrics.length; i++) {
      int column = i;
      assertThat(windows.stream().mapToDouble(row -> row[column]).sum())
          .as(metrics[i])
          .isEqualTo(value(run, subject, "zipf", metrics[i]))
          .isPositive();
    }
  }

  @Test
  void redisDecidesAsMemoryDoes() throws Exception {
    try (RunningRedis redis = RunningRedis.forTests()) {
      Run run = TestRuns.of(directory, LIMIT, url(redis));

      Accuracy.generated().run(run);

      for (Subject subject : Subject.limiters(run)) {
        Subject memory = new Subject(subject.name(), "memory", "none");
        for (String workload : List.of("poisson", "on-off", "zipf")) {
          for (String metric : List.of("denied", "wrongly-allowed", "wrongly-denied")) {
            assertThat(value(run, subject, workload, metric))
                .as("%s, %s, %s", subject.title(), workload, metric)
                .isEqualTo(value(run, memory, workload, metric));
          }
        }
      }
    }
  }

  @Test
  void generatedWorkloadsComeFromTheSeedAlone() {
    List<Workload> first = GeneratedWorkloads.of(LIMIT, 1, 600);
    List<Workload> again = GeneratedWorkloads.of(LIMIT, 1, 600);
    List<Workload> other = GeneratedWorkloads.of(LIMIT, 2, 600);

    assertThat(first).isEqualTo(again);
    for (int i = 0; i < first.size(); i++) {
      assertThat(first.get(i).arrivals())
          .as(first.get(i).name())
          .isNotEqualTo(other.get(i).arrivals())
          .isSortedAccordingTo((a, b) -> Long.compare(a.at(), b.at()));
    }
  }

  private static String url(RunningRedis redis) {
    String url = System.getenv(RunningRedis.TEST_URL);
    return url != null ? url : redis.address().toString();
  }
}
