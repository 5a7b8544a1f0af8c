package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.load.OpenLoop.Outcome;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import dev.ratelab.bench.workload.ArrivalProcess;
import java.time.Duration;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/**
 * A server that stands still for a second must show. 3,000 requests are due in three seconds, so 1,000 of them in that one: p99.9
 * is decided by the three slowest, and at least a hundred wait over 0.9 s. How fast the machine is does not matter: a slower one
 * makes them wait longer.
 */
class StallTest {
  private static final long STALL_NANOS = 1_000_000_000;
  private static final long SEEN_NANOS = 900_000_000;
  private static final int RATE = 1_000;
  private static final Duration LENGTH = Duration.ofSeconds(3);
  private static final int STALLED = 500;

  @Test
  void anOpenLoopSeesAServerThatWasPausedForASecond() throws Exception {
    try (PausingServer server = pausedOnce();
        HttpLoad http = connect(server, 1)) {
      Outcome outcome = run(http);

      assertThat(outcome.count(Answer.ERROR)).isZero();
      Histogram seen = histogram(outcome.latencies());
      assertThat(seen.getValueAtPercentile(99.9)).isGreaterThanOrEqualTo(SEEN_NANOS);
      assertThat(seen.getMaxValue()).isGreaterThanOrEqualTo(STALL_NANOS * 999 / 1_000);
    }
  }

  /**
   * The fault that the test above is there to catch, planted: latency from when a request was really sent. On one connection
   * without pipelining that is when it was due or the answer before it came, whichever is later. Of the very same run this
   * measure shows one slow request, and no stall in any percentile.
   */
  @Test
  void measuredFromTheActualSendTheSameRunHidesIt() throws Exception {
    try (PausingServer server = pausedOnce();
        HttpLoad http = connect(server, 1)) {
      long[] schedule = new ArrivalProcess.Constant().nanos(1, RATE, LENGTH);

      long[] fromDue = run(http).latencies();

      long[] fromSend = new long[schedule.length];
      long before = 0;
      for (int i = 0; i < schedule.length; i++) {
        long answered = schedule[i] + fromDue[i];
        fromSend[i] = answered - Math.max(schedule[i], before);
        before = answered;
      }
      assertThat(histogram(fromSend).getMaxValue()).isGreaterThanOrEqualTo(SEEN_NANOS);
      assertThat(histogram(fromSend).getValueAtPercentile(99.9)).isLessThan(SEEN_NANOS);
      assertThat(histogram(fromDue).getValueAtPercentile(99.9)).isGreaterThanOrEqualTo(SEEN_NANOS);
    }
  }

  /** A thousand million a second: no generator keeps up, and it must say so, and not blame the server. */
  @Test
  void aGeneratorThatCannotKeepUpSaysSo() throws Exception {
    try (PausingServer server = new PausingServer((number, request) -> PausingServer.status(200));
        HttpLoad http = connect(server, 10_000)) {
      Duration length = Duration.ofNanos(100_000);
      long[] schedule = new ArrivalProcess.Constant().nanos(1, 1e9, length);

      Outcome absurd = OpenLoop.run(schedule, 1, Waiting.COARSE, http);

      assertThat(absurd.late(1_000_000)).isGreaterThan(50_000);
      assertThat(new Slo(99, Duration.ofMillis(5)).verdict(absurd))
          .isEqualTo(Slo.Verdict.GENERATOR_LATE);
    }
  }

  private static PausingServer pausedOnce() {
    return new PausingServer((number, request) -> {
      if (number == STALLED) {
        PausingServer.pause(STALL_NANOS);
      }
      return PausingServer.status(200);
    });
  }

  private static HttpLoad connect(PausingServer server, int pipeline) throws Exception {
    return TestLoads.connect(
        server.uri(), ProperAnswers.of("200"), 1, pipeline, Duration.ofSeconds(20));
  }

  private static Outcome run(OpenLoop.Call call) throws InterruptedException {
    return OpenLoop.run(
        new ArrivalProcess.Constant().nanos(1, RATE, LENGTH), 1, Waiting.SLEEPING, call);
  }

  private static Histogram histogram(long[] latencies) {
    Histogram histogram = new Histogram(3);
    for (long latency : latencies) {
      histogram.recordValue(Math.max(0, latency));
    }
    return histogram;
  }
}
