package dev.ratelab.limiter.failure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.OnePolicy;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LocalShareTest {
  private static Limit share(Algorithm algorithm, Limit limit, int instances) {
    return LocalShare.of(Policy.of("p", algorithm, limit), instances);
  }

  /** Documented in docs/policies.md. */
  @ParameterizedTest
  @CsvSource({
    "100,  20,  1, 100, 20",
    "100,  20,  3,  33,  6",
    "100,  20, 30,   3,  1",
    "100, 100,  3,  33, 33",
    " 10,  50,  3,   3, 15",
    "  3,  30,  2,   1, 10",
    "  5,   5,  9,   1,  1",
  })
  void permitsAndBurstAreDividedRoundedDownAndAtLeastOne(
      long permits, long burst, int instances, long sharedPermits, long sharedBurst) {
    Limit limit = Limit.of(permits, Duration.ofSeconds(1)).withBurst(burst);

    assertThat(share(Algorithm.GCRA, limit, instances))
        .isEqualTo(Limit.of(sharedPermits, Duration.ofSeconds(1)).withBurst(sharedBurst));
  }

  @Test
  void whatAlgorithmsWithoutABurstAdmitInOneInstantIsTheirPermits() {
    assertThat(share(Algorithm.FIXED_WINDOW, Limit.of(100, Duration.ofSeconds(1)), 3))
        .isEqualTo(Limit.of(33, Duration.ofSeconds(1)));
  }

  @Test
  void theShareOfEveryLimitIsALimit() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      long permits = random.nextLong(1, 70_000);
      Limit limit = new Limit(permits, Limit.MAX_WINDOW_MICROS, 1 + random.nextLong(permits * 11));
      Limit share = share(Algorithm.TOKEN_BUCKET, limit, 1 + random.nextInt(20));
      assertThat(share.permits()).isLessThanOrEqualTo(limit.permits());
    }
  }

  /** Each instance is asked as often as it admits, again and again for some windows: the sum is held against one limiter alone. */
  @ParameterizedTest
  @EnumSource
  void allSharesTogetherAdmitNoMoreThanTheLimit(Algorithm algorithm) {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      int instances = 1 + random.nextInt(6);
      // Smaller ones cannot be divided: each instance has the least limit there is.
      int least = algorithm == Algorithm.LEAKY_BUCKET ? 2 * instances - 1 : instances;
      long permits = random.nextLong(least, least + 30L);
      long burst = algorithm.usesBurst() ? random.nextLong(least, least + 30L) : permits;
      Limit limit = new Limit(permits, 1_000_000, burst);
      ManualTime time = new ManualTime(1_800_000_000_000_000L);
      OnePolicy<RateLimiter> one = OnePolicy.inMemory(Policy.of("p", algorithm, limit), time);
      Limit share = share(algorithm, limit, instances);
      List<OnePolicy<RateLimiter>> shares = IntStream.range(0, instances)
          .<OnePolicy<RateLimiter>>mapToObj(
              each -> OnePolicy.inMemory(Policy.of("p", algorithm, share), time))
          .toList();
      long whole = 0;
      long parts = 0;
      for (int step = 0; step < 40; step++) {
        whole += admitted(one);
        parts += shares.stream().mapToLong(LocalShareTest::admitted).sum();
        assertThat(parts).as("%s of %s by %d", share, limit, instances).isLessThanOrEqualTo(whole);
        time.advance(100_000);
      }
    }
  }

  private static long admitted(OnePolicy<RateLimiter> limiter) {
    long admitted = 0;
    while (limiter.check("a", 1).allowed()) {
      admitted++;
    }
    return admitted;
  }
}
