package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.bench.Run;
import dev.ratelab.bench.TestRuns;
import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.workload.ArrivalProcess;
import dev.ratelab.bench.workload.Popularity;
import dev.ratelab.limiter.Limit;
import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Series;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadMeasurementTest {
  private static final Slo SLO = new Slo(99, Duration.ofMillis(5));
  private static final LoadOptions OPTIONS =
      options(new ArrivalProcess.Poisson(), 8, Duration.ofMillis(500));

  @TempDir
  private Path directory;

  /** Answers everything with an error, and notes when each request was due. */
  private static final class Refusing implements OpenLoop.Call {
    private final List<Long> due = new ArrayList<>();

    @Override
    public void send(OpenLoop.Request request) {
      due.add(request.due());
      request.answered(Answer.ERROR);
    }

    /** The gaps of a measured round. */
    List<Long> gaps(LoadMeasurement loaded) throws InterruptedException {
      due.clear();
      loaded.measure(1, 200, Duration.ofMillis(500));
      List<Long> gaps = new ArrayList<>();
      for (int i = 1; i < due.size(); i++) {
        gaps.add(due.get(i) - due.get(i - 1));
      }
      return gaps;
    }
  }

  /** How many trials a search needs depends on the server, and what the servers are then compared by must not. */
  @Test
  void aSearchDoesNotChangeTheArrivalsOfTheNextRound() throws Exception {
    Run run = run();
    Refusing searched = new Refusing();
    Refusing plain = new Refusing();
    LoadMeasurement one = loaded(searched);
    LoadMeasurement other = loaded(plain);

    List<Long> first = searched.gaps(one);
    one.search(run, SLO, 0);
    List<Long> second = searched.gaps(one);

    assertThat(first).isNotEmpty().isEqualTo(plain.gaps(other)).isNotEqualTo(second);
    assertThat(second).isEqualTo(plain.gaps(other));
  }

  /** A number without noise would be a sure regression at the next run. */
  @Test
  void oneSearchHasAnIntervalToo() throws Exception {
    Run run = run();
    LoadMeasurement loaded = loaded(new Refusing());

    loaded.search(run, SLO, 0);
    loaded.write(run);

    Measurement rate = run.results().results().measurements().stream()
        .filter(row -> row.metric().equals("slo-rate"))
        .findFirst()
        .orElseThrow();
    assertThat(rate.value()).isZero();
    assertThat(rate.exact()).isFalse();
  }

  @Test
  void aLoadThatSentNothingIsNoMeasurement() throws Exception {
    LoadMeasurement loaded = loaded(new Refusing());

    loaded.measure(1, 1e-6, Duration.ofMillis(500));
    loaded.write(run());

    assertThatThrownBy(loaded::requireMeasured)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "not one request was due to title in 500.000000 ms, so nothing was measured; accepted: a higher rate or a longer duration");
  }

  @Test
  void aSearchWhoseTrialsSentNothingIsNoMeasurement() throws Exception {
    // So slow that with this seed no trial, of a fifth of a second each, has an arrival.
    LoadMeasurement loaded =
        loaded(options(new ArrivalProcess.Poisson(), 0.1, Duration.ofMillis(500)), new Refusing());

    loaded.search(run(), SLO, 0);

    assertThatThrownBy(loaded::requireMeasured).hasMessageStartingWith("not one request was due");
  }

  @Test
  void aLoadWithoutOneProperAnswerIsNoMeasurement() throws Exception {
    LoadMeasurement refused = loaded(new Refusing());
    refused.measure(1, 100, Duration.ofMillis(500));
    assertThatThrownBy(refused::requireMeasured)
        .hasMessage("not one request to title got a proper answer");

    LoadMeasurement answered = loaded(request -> request.answered(Answer.PROPER));
    answered.measure(1, 100, Duration.ofMillis(500));
    assertThatCode(answered::requireMeasured).doesNotThrowAnyException();
  }

  /** As of a trace whose instants are all the same. */
  @Test
  void aLoadOfNoTimeHasNoRate() throws Exception {
    Duration noTime = Duration.ofNanos(1);
    LoadMeasurement loaded = loaded(
        options(new ArrivalProcess.Constant(), 8, noTime),
        request -> request.answered(Answer.PROPER));
    Run run = run();

    loaded.measure(1, 1, noTime);
    loaded.write(run);

    assertThat(run.results().results().measurements())
        .extracting(Measurement::metric)
        .contains("p50", "max")
        .doesNotContain("rate", "completed");
    assertThatThrownBy(loaded::requireMeasured)
        .hasMessage(
            "the requests to title were due within 0.000001 ms, too short for a rate; accepted: arrivals over 1 ms and more");
  }

  private Run run() throws Exception {
    return TestRuns.of(directory, Limit.of(10, Duration.ofSeconds(1)), null);
  }

  private static LoadMeasurement loaded(OpenLoop.Call call) {
    return loaded(OPTIONS, call);
  }

  private static LoadMeasurement loaded(LoadOptions options, OpenLoop.Call call) {
    return new LoadMeasurement(
        new LoadMeasurement.Name("id", "title", Series.of("http").workload("poisson")),
        options,
        new LoadMeasurement.Load(call, 1, OpenLoop.Waiting.COARSE));
  }

  private static LoadOptions options(ArrivalProcess arrivals, double rate, Duration duration) {
    return TestLoads.options(arrivals, rate, duration, Popularity.UNIFORM, SLO);
  }
}
