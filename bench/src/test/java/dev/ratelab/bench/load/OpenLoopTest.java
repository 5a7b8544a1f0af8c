package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.load.OpenLoop.Answer;
import dev.ratelab.bench.load.OpenLoop.Waiting;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OpenLoopTest {
  private static final long MILLI = 1_000_000;

  /** 200 requests, one a millisecond; the system stands still from the 50th on for 100 ms. */
  @Test
  void aStallCountsForEveryRequestThatWasDueInIt() throws InterruptedException {
    long[] schedule = LongStream.range(0, 200).map(i -> i * MILLI).toArray();
    long stall = 100 * MILLI;

    OpenLoop.Outcome outcome = OpenLoop.run(schedule, 1, Waiting.SLEEPING, request -> {
      if (request.number() == 50) {
        stallFor(stall);
      }
      request.answered(Answer.PROPER);
    });

    for (int i = 50; i < 150; i++) {
      assertThat(outcome.latencies()[i])
          .as("request %d, due %d ms into the stall", i, i - 50)
          .isGreaterThanOrEqualTo(stall - (i - 50) * MILLI);
    }
    assertThat(outcome.count(Answer.PROPER)).isEqualTo(200);
  }

  @Test
  void everyRequestIsSentOnceWhateverTheSenders() throws InterruptedException {
    Set<Integer> sent = ConcurrentHashMap.newKeySet();
    long[] schedule = new long[1_000];

    OpenLoop.Outcome outcome = OpenLoop.run(schedule, 8, Waiting.SLEEPING, request -> {
      assertThat(sent.add(request.number())).isTrue();
      request.answered(request.number() % 10 != 0 ? Answer.PROPER : Answer.ERROR);
    });

    assertThat(sent).hasSize(1_000);
    assertThat(outcome.count(Answer.ERROR)).isEqualTo(100);
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsSentBeforeItIsDue(Waiting waiting) throws InterruptedException {
    long[] schedule = LongStream.range(0, 100).map(i -> i * MILLI / 2).toArray();

    OpenLoop.Outcome outcome =
        OpenLoop.run(schedule, 1, waiting, request -> request.answered(Answer.PROPER));

    // A latency counts from when the request was due: were it sent earlier, it would be negative.
    assertThat(Arrays.stream(outcome.latencies()).min().orElseThrow()).isNotNegative();
  }

  private static void stallFor(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(Math.max(left, TimeUnit.MICROSECONDS.toNanos(1)));
    }
  }
}
