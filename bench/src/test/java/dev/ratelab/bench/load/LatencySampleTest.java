package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LatencySampleTest {
  private static final double[] PERCENTS = {50, 99};
  private static final long LATE = 100;

  @Test
  void percentilesAreThoseOfAllRounds() {
    LatencySample sample = new LatencySample(LATE);
    sample.add(schedule(500), LatencySample.BLOCK_NANOS, outcome(1, 500));
    sample.add(schedule(500), LatencySample.BLOCK_NANOS, outcome(501, 1_000));

    LatencySample.Percentile[] percentiles = sample.percentiles(1, PERCENTS);

    assertThat(percentiles[0].value()).isBetween(499.0, 501.0);
    assertThat(percentiles[1].value()).isBetween(989.0, 991.0);
    assertThat(sample.count()).isEqualTo(1_000);
    for (LatencySample.Percentile p : percentiles) {
      assertThat(p.value()).isBetween(p.low(), p.high());
    }
  }

  /** One block in ten is slow. Were the requests taken for independent, p99 would look certain. */
  @Test
  void theIntervalKnowsThatNeighboursResembleEachOther() {
    LatencySample sample = new LatencySample(LATE);
    for (int block = 0; block < 10; block++) {
      long latency = block == 0 ? 1_000_000 : 1_000;
      long[] latencies = new long[1_000];
      Arrays.fill(latencies, latency);
      sample.add(schedule(1_000), LatencySample.BLOCK_NANOS, outcome(latencies, 0, 0, 0));
    }

    LatencySample.Percentile p99 = sample.percentiles(1, 99)[0];

    assertThat(p99.value()).isGreaterThan(990_000);
    assertThat(p99.low()).as("without the slow block p99 is fast").isEqualTo(1_000);
  }

  @Test
  void ratesAndSharesAreOverAllRounds() {
    LatencySample sample = new LatencySample(LATE);
    long second = 1_000_000_000;
    sample.add(schedule(100), second, outcome(new long[100], 10, 5, second));
    sample.add(schedule(100), second, outcome(new long[100], 0, 0, 2 * second));

    assertThat(sample.offeredPerSecond()).isEqualTo(100);
    assertThat(sample.completedPerSecond()).as("190 in three seconds").isEqualTo(190 / 3.0);
    assertThat(sample.lateShare()).isEqualTo(0.025);
    assertThat(sample.failed()).isEqualTo(10);
  }

  private static long[] schedule(int requests) {
    return LongStream.range(0, requests).toArray();
  }

  private static OpenLoop.Outcome outcome(long from, long to) {
    return outcome(LongStream.rangeClosed(from, to).toArray(), 0, 0, 0);
  }

  /** The first are errors, and the first are late. */
  private static OpenLoop.Outcome outcome(
      long[] latencies, int errors, int late, long lengthNanos) {
    OpenLoop.Answer[] answers = new OpenLoop.Answer[latencies.length];
    Arrays.fill(answers, OpenLoop.Answer.PROPER);
    Arrays.fill(answers, 0, errors, OpenLoop.Answer.ERROR);
    long[] lags = new long[latencies.length];
    Arrays.fill(lags, 0, late, LATE + 1);
    Arrays.fill(lags, late, lags.length, LATE);
    return new OpenLoop.Outcome(0, latencies, lags, answers, lengthNanos);
  }
}
