package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.Subject;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.load.OpenLoop.Outcome;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import dev.ratelab.bench.peer.Program;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.reports.results.Measurement;
import java.io.FileInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.HistogramLogReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class HttpTest {
  private static final Limit LIMIT = Limit.of(100, Duration.ofSeconds(1));

  @TempDir
  private Path directory;

  /** An objective that every machine holds, so that what is measured does not depend on this one. */
  @Test
  void measuresOurServerAndWhatItsHttpAloneCosts() throws Exception {
    Run run = TestRuns.of(directory, LIMIT, null);

    new Http(options(new Slo(50, Duration.ofSeconds(20)), Duration.ofMillis(2_300)), List.of())
        .run(run);

    List<Measurement> rows = run.results().results().measurements();
    assertThat(rows.stream()
            .collect(Collectors.groupingBy(
                row -> "%s %s %s %s"
                    .formatted(row.subject(), row.workload(), row.algorithm(), row.backend()),
                Collectors.mapping(Measurement::metric, Collectors.toList())))
            .entrySet())
        .hasSize(2)
        .allSatisfy(who -> assertThat(who.getKey())
            .isIn("limit no-op-http none none", "ratelab poisson gcra memory"))
        .allSatisfy(who -> assertThat(who.getValue())
            .containsExactly(
                "p50",
                "p90",
                "p99",
                "p99.9",
                "max",
                "rate",
                "completed",
                "late",
                "errors",
                "timeouts",
                "slo-rate"));
    assertThat(rows)
        .filteredOn(row -> row.metric().equals("errors"))
        .allSatisfy(row -> assertThat(row.value()).isZero());
  }

  @Test
  void theIntervalLogHoldsEverySecondAndIsReadByHdrHistogramsOwnReader() throws Exception {
    Run run = TestRuns.of(directory, LIMIT, null);
    try (PausingServer server = new PausingServer((number, request) -> PausingServer.status(200))) {
      GivenLoad.url(
              HttpRequestTemplate.check(server.uri()),
              ProperAnswers.of("200"),
              options(null, Duration.ofMillis(2_300)))
          .run(run);
    }

    Measurement p50 = run.results().results().measurements().get(0);
    Path log = run.results().path().resolve(String.valueOf(p50.raw()).replace(".csv", ".hlog"));
    long requests = 0;
    int intervals = 0;
    try (FileInputStream in = new FileInputStream(log.toFile());
        HistogramLogReader reader = new HistogramLogReader(in)) {
      long before = 0;
      for (EncodableHistogram interval = reader.nextIntervalHistogram();
          interval != null;
          interval = reader.nextIntervalHistogram()) {
        assertThat(interval.getStartTimeStamp()).isGreaterThanOrEqualTo(before - 1);
        // The log has decimal seconds, and its reader cuts them to milliseconds.
        assertThat(interval.getEndTimeStamp() - interval.getStartTimeStamp())
            .isCloseTo(intervals == 2 ? 300L : 1_000L, within(1L));
        before = interval.getEndTimeStamp();
        requests += ((org.HdrHistogram.AbstractHistogram) interval).getTotalCount();
        intervals++;
      }
    }
    assertThat(intervals).as("seconds of 2.3").isEqualTo(3);
    assertThat(requests).isEqualTo(p50.samples()).isPositive();
  }

  /** The server really is another process: stopped by a signal, it answers nothing until it may go on. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aServerProcessThatIsStoppedShows() throws Exception {
    long[] schedule = new ArrivalProcess.Constant().nanos(1, 1_000, Duration.ofSeconds(3));
    try (Program server = ServeProcess.startNoOp();
        HttpLoad http = TestLoads.connect(
            server.uri(), ProperAnswers.of("200"), 4, 1, Duration.ofSeconds(20))) {
      Outcome outcome = OpenLoop.run(schedule, 1, Waiting.SLEEPING, request -> {
        if (request.number() == 500) {
          // The sender goes on when the signal is delivered; a second later the server does.
          signal("STOP", server.process().pid());
          Thread resume = new Thread(() -> {
            PausingServer.pause(1_000_000_000);
            signal("CONT", server.process().pid());
          });
          resume.start();
        }
        http.send(request);
      });

      LatencySample sample = new LatencySample(1_000_000);
      sample.add(schedule, 3_000_000_000L, outcome);
      assertThat(outcome.count(Answer.ERROR)).isZero();
      assertThat(sample.percentiles(1, 99.9)[0].value()).isGreaterThanOrEqualTo(900_000_000);
    }
  }

  /** The run's Redis asks for a password, which no list of processes may show. */
  @Test
  void whatServeStartsDecidesOnRedisOverBothClientsAndShowsNoPassword() throws Exception {
    try (RunningRedis redis = RunningRedis.open("embedded");
        Jedis jedis = new Jedis(redis.address().host(), redis.address().port())) {
      jedis.configSet("requirepass", "s3cret");
      String url = "redis://:s3cret@%s:%s"
          .formatted(redis.address().host(), redis.address().port());
      for (String client : Subject.CLIENTS) {
        List<String> options =
            ServeProcess.options(new Subject("gcra", Subject.REDIS, client), LIMIT, url);
        assertThat(String.join(" ", options))
            .doesNotContain("s3cret")
            .contains("--client " + client);
        try (Program server = ServeProcess.start(options, url);
            HttpLoad http = TestLoads.connect(
                server.uri(),
                ProperAnswers.of("200").unless("\"decidedBy\""),
                1,
                1,
                Duration.ofSeconds(20))) {
          assertThat(OpenLoop.run(new long[3], 1, Waiting.COARSE, http).count(Answer.PROPER))
              .isEqualTo(3);
          assertThat(server.process().info().commandLine().orElse("")).doesNotContain("s3cret");
        }
      }
    }
  }

  private static void signal(String name, long pid) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
    } catch (java.io.IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static LoadOptions options(@Nullable Slo slo, Duration duration) {
    return TestLoads.options(new ArrivalProcess.Poisson(), 200, duration, Popularity.ZIPF, slo);
  }
}
