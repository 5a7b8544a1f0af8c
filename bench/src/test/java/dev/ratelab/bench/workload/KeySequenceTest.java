package dev.ratelab.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeySequenceTest {
  private static final int DRAWN = 100_000;

  @ParameterizedTest
  @EnumSource(names = "ONE_HOT_KEY", mode = EnumSource.Mode.EXCLUDE)
  void comeFromTheSeed(Popularity skew) {
    assertThat(keys(1, 50, skew)).isEqualTo(keys(1, 50, skew)).isNotEqualTo(keys(2, 50, skew));
  }

  // Of four keys: a quarter; half and a quarter of the other half; 1 / (1 + 2^-0.99 + 3^-0.99 +
  // 4^-0.99).
  @ParameterizedTest
  @CsvSource({
    "UNIFORM, 0.25, 0.25",
    "HALF_HOT, 0.625, 0.125",
    "ZIPF, 0.478, 0.121",
  })
  void areAsLikelyAsTheirSkewSays(Popularity skew, double first, double last) {
    List<String> keys = keys(1, 4, skew);

    assertThat(keys.stream().distinct()).hasSize(4);
    assertThat(share(keys, "user0")).isCloseTo(first, within(0.01));
    assertThat(share(keys, "user3")).isCloseTo(last, within(0.01));
  }

  @Test
  void oneKeyIsEnough() {
    for (Popularity skew : Popularity.values()) {
      assertThat(keys(1, 1, skew)).containsOnly("user0");
    }
  }

  private static double share(List<String> keys, String key) {
    return (double) keys.stream().filter(key::equals).count() / keys.size();
  }

  private static List<String> keys(long seed, int count, Popularity skew) {
    KeySequence keys = KeySequence.ofLoad(skew, seed, count);
    return IntStream.range(0, DRAWN).mapToObj(keys::at).toList();
  }
}
