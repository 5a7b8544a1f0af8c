package dev.ratelab.bench.throughput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SteadyStateTest {
  @Test
  void aSeriesThatStillDriftsIsNotSteady() {
    assertThat(SteadyState.isSteady(100, 104, 106, 109, 111, 115, 118, 120)).isFalse();
    assertThat(SteadyState.isSteady(120, 118, 115, 111, 109, 106, 104, 100)).isFalse();
    assertThat(SteadyState.isSteady(100, 104, 103, 109, 108, 115, 114, 120))
        .as("a trend with noise in it")
        .isFalse();
  }

  @Test
  void neitherNoiseNorADriftTooSmallToMatterIsADrift() {
    assertThat(SteadyState.isSteady(100, 130, 95, 128, 97, 131, 99, 126)).isTrue();
    assertThat(SteadyState.isSteady(100, 100.1, 100.2, 100.3, 100.4, 100.5, 100.6, 100.7))
        .isTrue();
    assertThat(SteadyState.isSteady(100, 101, 99, 100, 20, 101, 100, 99))
        .as("one iteration in which the machine did something else")
        .isTrue();
    assertThat(SteadyState.isSteady(5, 5, 5, 5, 5, 5)).isTrue();
  }

  @Test
  void aDriftThatHidesInNoiseIsNotFlat() {
    assertThat(SteadyState.isSteady(100, 90, 110, 105, 120)).isTrue();
    assertThat(SteadyState.isFlat(100, 90, 110, 105, 120)).isFalse();
    assertThat(SteadyState.isFlat(100, 90, 110, 91, 101)).isTrue();
  }

  @Test
  void fewIterationsCannotShowATrend() {
    assertThat(SteadyState.isSteady(1, 2, 3, 4)).isTrue();
    assertThat(SteadyState.isSteady(1, 2, 3, 4, 5)).isFalse();
    assertThat(SteadyState.isSteady(1)).isTrue();
  }

  /** Kendall's exact distribution: of the 24 orders of four, two are monotone and six more have one pair out of order. */
  @Test
  void theProbabilityIsThatOfTheOrders() {
    assertThat(SteadyState.trendProbability(1, 2, 3, 4)).isCloseTo(2.0 / 24, within(1e-12));
    assertThat(SteadyState.trendProbability(4, 3, 1, 2)).isCloseTo(8.0 / 24, within(1e-12));
    assertThat(SteadyState.trendProbability(7, 7, 7, 7)).isCloseTo(1, within(1e-12));
  }

  /** A level is a promise: of many steady series, at most so many are flagged. */
  @Test
  void steadySeriesAreSeldomFlagged() {
    SplittableRandom random = new SplittableRandom(3);
    long flagged = IntStream.range(0, 2_000)
        .filter(
            i -> !SteadyState.isSteady(random.doubles(8).map(x -> 50 + 100 * x).toArray()))
        .count();

    // At 5 %, 100 of them with a standard deviation of 10.
    assertThat(flagged).isBetween(40L, 140L);
  }
}
