package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.verification.conform.Proof.Missed;
import java.util.List;
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
  private static final Proof ONE_BY_ONE = new Proof(4, 800_000, 0, 1);

  /** Eight at once keep a small machine busy, which blurs names: what was missed then is asked again by itself. */
  @Test
  @Order(2)
  void everyFaultIsFoundAndNamedRightly() throws InterruptedException {
    List<Missed> missed = PROOF.missed(List.of(ConformFault.values()), 1);
    List<ConformFault> again = missed.stream().map(Missed::fault).toList();

    assertThat(again).as(missed.toString()).hasSizeLessThan(ConformFault.values().length / 3);
    assertThat(ONE_BY_ONE.missed(again, 1)).isEmpty();
  }

  @Test
  @Order(1)
  void noRightLimiterIsAccused() throws InterruptedException {
    assertThat(PROOF.accused(1)).isEmpty();
  }
}
