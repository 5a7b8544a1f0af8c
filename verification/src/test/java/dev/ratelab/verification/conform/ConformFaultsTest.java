package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** That conform finds each planted fault and names it rightly, and accuses no right limiter. Nightly on a busy machine, many times. */
class ConformFaultsTest {
  private static final Proof PROOF = new Proof(4, 800_000, 0, 8);

  @Test
  void everyFaultIsFoundAndNamedRightly() throws InterruptedException {
    assertThat(PROOF.missed(1)).isEmpty();
  }

  @Test
  void noRightLimiterIsAccused() throws InterruptedException {
    assertThat(PROOF.accused(1)).isEmpty();
  }
}
