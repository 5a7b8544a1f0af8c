package dev.ratelab.bench.burst;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.bench.burst.ClockedCurve.Admitted;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClockedCurveTest {
  private static final long[] LENGTHS = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89};

  @Test
  void onlyWhatWasSentAndAnsweredWithinAnIntervalWasAdmittedInItForCertain() {
    ClockedCurve curve = new ClockedCurve(List.of(new Admitted(0, 10, 3), new Admitted(5, 12, 4)));

    assertThat(curve.certain(1, 7, 8, 10, 11, 12, 13)).containsExactly(0, 0, 4, 4, 4, 4, 7);
    assertThat(curve.possible(1, 100)).as("both may have been at 7").containsExactly(7, 7);
  }

  @Test
  void aBoundIsBrokenOnlyIfItWasForCertain() {
    List<Admitted> two = List.of(new Admitted(0, 10, 1), new Admitted(5, 12, 1));

    assertThat(new ClockedCurve(two).worstCertainRatio(tau -> tau < 13 ? 1 : 2, 100))
        .isEqualTo(1);
    assertThat(new ClockedCurve(two).worstCertainRatio(tau -> 1, 100)).isEqualTo(2);
    assertThat(new ClockedCurve(two).worstCertainRatio(tau -> 1, 12)).isEqualTo(1);
  }

  /** Whatever the instants really were, the curve of them lies between the two readings. */
  @Test
  void theTruthLiesBetweenTheTwoReadings() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 200; i++) {
      List<Admitted> readings = new ArrayList<>();
      TreeMap<Long, Long> truth = new TreeMap<>();
      for (int j = 0; j < 30; j++) {
        long at = random.nextLong(100);
        long cost = 1 + random.nextLong(3);
        truth.merge(at, cost, Long::sum);
        readings.add(new Admitted(at - random.nextLong(10), at + random.nextLong(10), cost));
      }
      ClockedCurve curve = new ClockedCurve(readings);
      ArrivalCurve exact = new ArrivalCurve(truth);
      long[] certain = curve.certain(LENGTHS);
      long[] possible = curve.possible(LENGTHS);
      for (int k = 0; k < LENGTHS.length; k++) {
        assertThat(exact.at(LENGTHS[k])).isBetween(certain[k], possible[k]);
      }
    }
  }

  @Test
  void withoutDoubtItIsTheArrivalCurve() {
    TreeMap<Long, Long> truth = new TreeMap<>();
    List<Admitted> readings = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(6);
    for (int j = 0; j < 50; j++) {
      long at = random.nextLong(200);
      truth.merge(at, 1L, Long::sum);
      readings.add(new Admitted(at, at, 1));
    }
    ArrivalCurve exact = new ArrivalCurve(truth);
    ClockedCurve curve = new ClockedCurve(readings);

    for (int k = 0; k < LENGTHS.length; k++) {
      assertThat(curve.certain(LENGTHS)[k]).isEqualTo(exact.at(LENGTHS[k]));
      assertThat(curve.possible(LENGTHS)[k]).isEqualTo(exact.at(LENGTHS[k]));
    }
    assertThat(curve.worstCertainRatio(tau -> 1 + tau / 9, 100))
        .isEqualTo(exact.worstRatio(tau -> 1 + tau / 9, 100));
  }
}
