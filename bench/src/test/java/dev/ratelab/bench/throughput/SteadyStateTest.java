package dev.ratelab.bench.throughput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SteadyStateTest {
  @Test
  void aSeriesThatStillDriftsIsNotSteady() {
    assertThat(isSteady(100, 104, 106, 109, 111, 115, 118, 120)).isFalse();
    assertThat(isSteady(120, 118, 115, 111, 109, 106, 104, 100)).isFalse();
    assertThat(isSteady(100, 104, 103, 109, 108, 115, 114, 120))
        .as("a trend with noise in it")
        .isFalse();
  }

  @Test
  void neitherNoiseNorADriftTooSmallToMatterIsADrift() {
    assertThat(isSteady(100, 130, 95, 128, 97, 131, 99, 126)).isTrue();
    assertThat(isSteady(100, 100.1, 100.2, 100.3, 100.4, 100.5, 100.6, 100.7)).isTrue();
    assertThat(isSteady(100, 101, 99, 100, 20, 101, 100, 99))
        .as("one iteration in which the machine did something else")
        .isTrue();
    assertThat(isSteady(5, 5, 5, 5, 5, 5)).isTrue();
  }

  @Test
  void aDriftMayHideInNoise() {
    assertThat(isSteady(100, 90, 110, 105, 120)).isTrue();
  }

  @Test
  void fewIterationsCannotShowATrend() {
    assertThat(isSteady(1, 2, 3, 4)).isTrue();
    assertThat(isSteady(1, 2, 3, 4, 5)).isFalse();
    assertThat(isSteady(1)).isTrue();
  }

  /** Kendall's exact distribution: of the 24 orders of four, two are monotone and six more have one pair out of order. */
  @Test
  void theProbabilityIsThatOfTheOrders() {
    assertThat(trendProbability(1, 2, 3, 4)).isCloseTo(2.0 / 24, within(1e-12));
    assertThat(trendProbability(4, 3, 1, 2)).isCloseTo(8.0 / 24, within(1e-12));
    assertThat(trendProbability(7, 7, 7, 7)).isCloseTo(1, within(1e-12));
  }

  /** Of one fork of five rounds only the two monotone orders of 120 would tell; ten forks show the same drift. */
  @Test
  void forksShowTogetherWhatNoneShowsAlone() {
    double[] fork = {100, 107, 103, 109, 112};
    double[][] forks = new double[10][];
    Arrays.fill(forks, fork);

    assertThat(isSteady(fork)).isTrue();
    assertThat(SteadyState.isSteady(forks)).isFalse();
  }

  /** Of the 2 times 2 orders of two forks of two, one has both forks rising and one both falling. */
  @Test
  void theProbabilityOfForksIsThatOfTheOrdersOfAll() {
    assertThat(SteadyState.trendProbability(new double[] {1, 2}, new double[] {3, 4}))
        .isCloseTo(2.0 / 4, within(1e-12));
    assertThat(SteadyState.trendProbability(new double[] {1, 2}, new double[] {4, 3}))
        .isCloseTo(1, within(1e-12));
  }

  private static boolean isSteady(double... scores) {
    return SteadyState.isSteady(new double[][] {scores});
  }

  private static double trendProbability(double... scores) {
    return SteadyState.trendProbability(new double[][] {scores});
  }

  /** A level is a promise: of many steady series, at most so many are flagged. */
  @Test
  void steadySeriesAreSeldomFlagged() {
    SplittableRandom random = new SplittableRandom(3);
    long flagged = IntStream.range(0, 2_000)
        .filter(i -> !isSteady(random.doubles(8).map(x -> 50 + 100 * x).toArray()))
        .count();

    // At 5 %, 100 of them with a standard deviation of 10.
    assertThat(flagged).isBetween(40L, 140L);
  }
}
