package dev.ratelab.limiter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisKeysTest {
  /** A running deployment would lose its counters if one of these changed. */
  @ParameterizedTest
  @CsvSource({
    "fixed-window, 10, 10, 3z3F4F",
    "sliding-window-counter, 10, 10, 39rdY8",
    "sliding-window-log, 10, 10, 4yAYps",
    "token-bucket, 5, 10, uIM3Fb",
    "gcra, 5, 10, fMbAyG",
    "leaky-bucket, 5, 10, Btie4y",
    "sliding-window-buckets, 10, 10, 5ATBNC",
    "sliding-window-buckets, 10, 4, 59mj47",
  })
  void aRuleIsNamedTheSameForEver(String algorithm, long burst, int buckets, String rule) {
    Limit limit = new Limit(10, 1_000_000, burst, buckets);

    assertThat(RedisKeys.prefix("n", Policy.of("p", Algorithm.of(algorithm), limit)))
        .isEqualTo("n:p:" + rule + ":");
  }
}
