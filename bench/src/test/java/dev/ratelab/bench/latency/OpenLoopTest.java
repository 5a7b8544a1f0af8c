package dev.ratelab.bench.latency;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
  private static final long MILLI = 1_000_000;

  /** 200 requests, one a millisecond; the system stands still from the 50th on for 100 ms. */
  @Test
  void aStallCountsForEveryRequestThatWasDueInIt() throws InterruptedException {
    long[] schedule = LongStream.range(0, 200).map(i -> i * MILLI).toArray();
    long stall = 100 * MILLI;

    OpenLoop.Outcome outcome = OpenLoop.run(schedule, 1, false, (arrival, answered) -> {
      if (arrival == 50) {
        stallFor(stall);
      }
      answered.answered(true);
    });

    for (int i = 50; i < 150; i++) {
      assertThat(outcome.latencies()[i])
          .as("request %d, due %d ms into the stall", i, i - 50)
          .isGreaterThanOrEqualTo(stall - (i - 50) * MILLI);
    }
    assertThat(outcome.failed()).isZero();
  }

  @Test
  void everyRequestIsSentOnceWhateverTheSenders() throws InterruptedException {
    Set<Integer> sent = ConcurrentHashMap.newKeySet();
    long[] schedule = new long[1_000];

    OpenLoop.Outcome outcome = OpenLoop.run(schedule, 8, false, (arrival, answered) -> {
      assertThat(sent.add(arrival)).isTrue();
      answered.answered(arrival % 10 != 0);
    });

    assertThat(sent).hasSize(1_000);
    assertThat(outcome.failed()).isEqualTo(100);
  }

  @Test
  void nothingIsSentBeforeItIsDue() throws InterruptedException {
    long[] schedule = LongStream.range(0, 100).map(i -> i * MILLI / 2).toArray();

    OpenLoop.Outcome outcome =
        OpenLoop.run(schedule, 1, false, (arrival, answered) -> answered.answered(true));

    // A latency counts from when the request was due: were it sent earlier, it would be negative.
    assertThat(Arrays.stream(outcome.latencies()).min().orElseThrow()).isNotNegative();
  }

  @Test
  void poissonArrivalsComeFromTheSeed() {
    Duration length = Duration.ofSeconds(20);
    long[] arrivals = PoissonArrivals.nanos(7, 1_000, length);

    assertThat(PoissonArrivals.nanos(7, 1_000, length)).isEqualTo(arrivals);
    assertThat(PoissonArrivals.nanos(8, 1_000, length)).isNotEqualTo(arrivals);
    assertThat(arrivals).isSorted();
    assertThat(arrivals[0]).isNotNegative();
    assertThat(arrivals[arrivals.length - 1]).isLessThan(length.toNanos());
    // 20,000 are expected; a Poisson count's standard deviation is the root of that, 141.
    assertThat(arrivals.length).isBetween(20_000 - 4 * 141, 20_000 + 4 * 141);
    // Exponential gaps have a standard deviation equal to their mean; a steady stream would have
    // none.
    double[] gaps = new double[arrivals.length - 1];
    Arrays.setAll(gaps, i -> arrivals[i + 1] - arrivals[i]);
    double mean = Arrays.stream(gaps).average().orElseThrow();
    double variance =
        Arrays.stream(gaps).map(gap -> (gap - mean) * (gap - mean)).average().orElseThrow();
    assertThat(Math.sqrt(variance) / mean).isBetween(0.97, 1.03);
  }

  private static void stallFor(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(Math.max(left, TimeUnit.MICROSECONDS.toNanos(1)));
    }
  }
}
