package dev.ratelab.reports.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FalseDiscoveryTest {
  /** By hand: 0.01·4/1, 0.02·4/2, 0.03·4/3 and 0.5·4/4, each no larger than the next. */
  @Test
  void eachIsAdjustedByItsRank() {
    assertThat(FalseDiscovery.adjust(new double[] {0.5, 0.02, 0.01, 0.03}))
        .containsExactly(new double[] {0.5, 0.04, 0.04, 0.04}, within(1e-12));
  }

  @Test
  void aLonelyTestStaysAsItIs() {
    assertThat(FalseDiscovery.adjust(new double[] {0.04})).containsExactly(0.04);
    assertThat(FalseDiscovery.adjust(new double[0])).isEmpty();
  }

  @Test
  void noneExceedsOne() {
    assertThat(FalseDiscovery.adjust(new double[] {1, 0.9})).containsExactly(1, 1);
  }
}
