package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlgorithmTest {
  /** Configuration, results and Redis keys of others hold these names: they never change. */
  @Test
  void namesAreTheStandardTerms() {
    assertThat(Arrays.stream(Algorithm.values()).map(Algorithm::id))
        .containsExactly(
            "fixed-window",
            "sliding-window-counter",
            "sliding-window-buckets",
            "sliding-window-log",
            "token-bucket",
            "gcra",
            "leaky-bucket");
  }

  @ParameterizedTest
  @EnumSource
  void isFoundByItsName(Algorithm algorithm) {
    assertThat(Algorithm.of(algorithm.id())).isSameAs(algorithm);
    assertThat(algorithm).hasToString(algorithm.id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GCRA", "fixed_window", " gcra", "leaky"})
  void anyOtherNameIsRefusedWithTheListOfThoseThereAre(String id) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Algorithm.of(id))
        .withMessage(
            "unknown algorithm '%s'; accepted: fixed-window, sliding-window-counter,"
                + " sliding-window-buckets, sliding-window-log, token-bucket, gcra, leaky-bucket",
            id);
  }
}
