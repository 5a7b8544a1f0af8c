package dev.ratelab.reports.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.reports.results.Measurement;
import dev.ratelab.reports.results.Metric;
import dev.ratelab.reports.results.Series;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChangeTest {
  @Test
  void theRatioOfNothingToNothingIsOne() {
    assertThat(Change.of(exact(0), exact(0)).ratio()).isEqualTo(1);
    assertThat(Change.of(exact(0), exact(2)).ratio()).isInfinite();
    assertThat(Change.of(exact(2), exact(0)).ratio()).isZero();
  }

  @Test
  void exactNumbersChangeForSure() {
    assertThat(Change.of(exact(4), exact(5))).isEqualTo(new Change(1.25, 1.25, 1.25, 0));
    assertThat(Change.of(exact(5), exact(5)).p()).isEqualTo(1);
    assertThat(Change.of(exact(0), exact(2)).p()).isZero();
  }

  /** By hand: ln 1.2 = 0.18232; below √(ln²(120/110) + ln²(105/100)) = 0.09976; above √(ln²(130/120) + ln²(100/95)) = 0.09505. */
  @Test
  void theIntervalComesFromBothIntervals() {
    Change change = Change.of(measured(100, 95, 105), measured(120, 110, 130));

    assertThat(change.ratio()).isEqualTo(1.2);
    assertThat(change.low()).isCloseTo(1.0861, within(1e-4));
    assertThat(change.high()).isCloseTo(1.3197, within(1e-4));
    // z = 1.95996 * 0.18232 / 0.09976 = 3.582
    assertThat(change.p()).isCloseTo(0.00034, within(1e-5));
  }

  @Test
  void theOtherWayRoundIsTheReciprocal() {
    Measurement a = measured(100, 90, 130);
    Measurement b = measured(150, 120, 160);

    Change there = Change.of(a, b);
    Change back = Change.of(b, a);

    assertThat(back.ratio()).isCloseTo(1 / there.ratio(), within(1e-12));
    assertThat(back.low()).isCloseTo(1 / there.high(), within(1e-12));
    assertThat(back.high()).isCloseTo(1 / there.low(), within(1e-12));
    assertThat(back.p()).isCloseTo(there.p(), within(1e-12));
  }

  @Test
  void anIntervalThatReachesZeroLeavesTheRatioWithoutOne() {
    Change change = Change.of(measured(1, 0, 2), measured(20, 18, 22));

    assertThat(change.ratio()).isEqualTo(20);
    assertThat(change.low()).isNaN();
    assertThat(change.high()).isNaN();
    assertThat(change.p()).isLessThan(0.001);
  }

  /** Means of skewed samples with their own intervals: the interval of the ratio must hold the true one as often as it says. */
  @Test
  void nineteenOfTwentyIntervalsHoldTheTrueRatio() {
    Random random = new Random(3);
    int held = 0;
    int trials = 2_000;
    for (int trial = 0; trial < trials; trial++) {
      Change change = Change.of(sampled(random, 10), sampled(random, 15));
      if (change.low() <= 1.5 && 1.5 <= change.high()) {
        held++;
      }
    }

    assertThat((double) held / trials).isBetween(0.93, 0.97);
  }

  /** The mean of 100 exponential times. */
  private static Measurement sampled(Random random, double mean) {
    int n = 100;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < n; i++) {
      double x = -mean * Math.log(1 - random.nextDouble());
      sum += x;
      squares += x * x;
    }
    double average = sum / n;
    double half = 1.98 * Math.sqrt((squares / n - average * average) / (n - 1));
    return measured(average, average - half, average + half);
  }

  private static Measurement exact(double value) {
    return measured(value, value, value);
  }

  private static Measurement measured(double value, double low, double high) {
    return Series.of("latency").measured(Metric.P99, value, low, high, 9);
  }
}
