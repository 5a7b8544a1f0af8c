package dev.ratelab.bench.leases;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorstWindowTest {
  @Test
  void onlyWhatWasSentAndAnsweredWithinAWindowWasAdmittedInItForCertain() {
    WorstWindow window = new WorstWindow(new long[] {0, 5, 90}, new long[] {10, 12, 90});

    assertThat(window.at(1)).isEqualTo(1);
    assertThat(window.at(10)).as("the second ends 8 after its begin").isEqualTo(1);
    assertThat(window.at(12)).isEqualTo(1);
    assertThat(window.at(13)).isEqualTo(2);
    assertThat(window.at(86)).as("from 5 to 90").isEqualTo(2);
    assertThat(window.at(91)).isEqualTo(3);
  }

  @Test
  void whatIsAnsweredAtOnceIsCountedAtItsInstant() {
    long[] at = {1, 1, 1, 4};

    assertThat(new WorstWindow(at, at).at(1)).isEqualTo(3);
    assertThat(new WorstWindow(at, at).at(3)).isEqualTo(3);
    assertThat(new WorstWindow(at, at).at(4)).isEqualTo(4);
  }
}
