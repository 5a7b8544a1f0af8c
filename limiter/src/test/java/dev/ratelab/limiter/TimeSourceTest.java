package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimeSourceTest {
  @Test
  void monotonicCountsMicrosecondsSinceTheEpoch() {
    long before = micros(Instant.now());
    long now = TimeSource.monotonic().micros();
    long after = micros(Instant.now());

    // One more than each: the origin is cut to microseconds only after it was added.
    assertThat(now).isBetween(before - 1, after + 1);
    assertThat(now).isLessThan(1L << 52);
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  /** Whoever sees a time that another thread has read must not read an earlier one: the in-memory store relies on it. */
  @Test
  void monotonicNeverGoesBackFromThreadToThread() throws Exception {
    TimeSource time = TimeSource.monotonic();
    AtomicLong latest = new AtomicLong();
    List<Long> wentBack = Threads.together(4, thread -> {
      long count = 0;
      for (int i = 0; i < 100_000; i++) {
        long seen = latest.get();
        long now = time.micros();
        if (now < seen) {
          count++;
        }
        latest.accumulateAndGet(now, Math::max);
      }
      return List.of(count);
    });

    assertThat(wentBack).containsOnly(0L);
  }
}
