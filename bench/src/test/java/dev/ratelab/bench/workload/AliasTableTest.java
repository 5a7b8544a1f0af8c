package dev.ratelab.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AliasTableTest {

  @Test
  void drawsInProportionToTheWeights() {
    double[] weights = {5, 0, 1, 2.5, 1e-9, 1.5};
    AliasTable table = new AliasTable(weights.clone());
    SplittableRandom random = new SplittableRandom(3);
    int[] drawn = new int[weights.length];
    int draws = 200_000;
    for (int i = 0; i < draws; i++) {
      drawn[table.next(random)]++;
    }

    for (int i = 0; i < weights.length; i++) {
      // Five standard deviations at most.
      assertThat((double) drawn[i] / draws).isCloseTo(weights[i] / 10, within(0.0056));
    }
    assertThat(drawn[1]).isZero();
  }
}
