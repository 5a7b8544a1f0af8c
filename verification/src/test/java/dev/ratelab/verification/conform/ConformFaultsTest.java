package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * That conform finds each planted fault and names it rightly, and accuses no right limiter. Nightly on a busy machine, many times.
 * The right ones come first: while the machine still compiles, answers are so late that a fault is found under a wider name.
 */
@TestMethodOrder(OrderAnnotation.class)
class ConformFaultsTest {
  private static final Proof PROOF = new Proof(4, 800_000, 0, 8);

  @Test
  @Order(2)
  void everyFaultIsFoundAndNamedRightly() throws InterruptedException {
    assertThat(PROOF.missed(1)).isEmpty();
  }

  @Test
  @Order(1)
  void noRightLimiterIsAccused() throws InterruptedException {
    assertThat(PROOF.accused(1)).isEmpty();
  }
}
