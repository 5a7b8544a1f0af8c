package dev.ratelab.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.load.Slo.Verdict;
import dev.ratelab.bench.load.SloSearch.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SloSearchTest {
  private static final double HIGHEST = 1_000_000;

  @ParameterizedTest
  @ValueSource(doubles = {1.5, 37, 999, 1_000, 1_001, 12_345, 700_000})
  void findsTheCapacityToItsResolutionFromBelowAndAbove(double capacity)
      throws InterruptedException {
    Found found = SloSearch.find(1_000, HIGHEST, rate -> upTo(capacity, rate));

    assertThat(found.rate()).isBetween(capacity / (1 + SloSearch.RESOLUTION), capacity);
    assertThat(found.failedAt()).isBetween(capacity, capacity * (1 + SloSearch.RESOLUTION));
    assertThat(found.lowerBound()).isFalse();
  }

  @Test
  void onePauseSpoilsNothing() throws InterruptedException {
    SplittableRandom random = new SplittableRandom(3);
    // One trial in five below the capacity fails for no fault of the server's, but never twice
    // running.
    boolean[] paused = {false};

    Found found = SloSearch.find(1_000, HIGHEST, rate -> {
      paused[0] = !paused[0] && random.nextInt(5) == 0;
      return paused[0] ? Verdict.MISSES : upTo(12_345, rate);
    });

    assertThat(found.rate()).isBetween(12_345 / 1.05, 12_345.0);
  }

  @Test
  void whatIsNotConfirmedIsNotTheAnswer() throws InterruptedException {
    List<Double> tried = new ArrayList<>();

    // The server tires: what held in the search no longer does.
    Found found = SloSearch.find(1_000, HIGHEST, rate -> {
      tried.add(rate);
      return upTo(tried.size() < 20 ? 12_345 : 9_000, rate);
    });

    assertThat(found.rate()).isLessThanOrEqualTo(9_000).isGreaterThan(9_000 / 1.06);
  }

  @Test
  void aLateGeneratorEndsTheSearchWithALowerBound() throws InterruptedException {
    List<Double> late = new ArrayList<>();

    Found found = SloSearch.find(1_000, HIGHEST, rate -> {
      if (rate > 5_000) {
        late.add(rate);
        return Verdict.GENERATOR_LATE;
      }
      return Verdict.HOLDS;
    });

    assertThat(found.lowerBound()).isTrue();
    assertThat(found.rate()).isBetween(5_000 / 1.05, 5_000.0);
    assertThat(late).doesNotContain(found.rate()).isNotEmpty();
  }

  @Test
  void theHighestRateIsALowerBoundToo() throws InterruptedException {
    Found found = SloSearch.find(1_000, 6_000, rate -> Verdict.HOLDS);

    assertThat(found.rate()).isEqualTo(6_000);
    assertThat(found.lowerBound()).isTrue();
  }

  @Test
  void noRateMayHold() throws InterruptedException {
    Found found = SloSearch.find(1_000, HIGHEST, rate -> Verdict.MISSES);

    assertThat(found.rate()).isZero();
    assertThat(found.lowerBound()).isFalse();
  }

  private static Verdict upTo(double capacity, double rate) {
    return rate <= capacity ? Verdict.HOLDS : Verdict.MISSES;
  }
}
