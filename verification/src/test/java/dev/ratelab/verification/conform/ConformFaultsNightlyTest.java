package dev.ratelab.verification.conform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** As {@link ConformFaultsTest}, whole: 20 runs on each fault and over 100 on right limiters, while two threads do nothing but run. */
@Tag("nightly")
@TestMethodOrder(OrderAnnotation.class)
class ConformFaultsNightlyTest {
  private static final Proof PROOF = new Proof(5, 1_000_000, 1, 5);

  private static final List<Thread> SPINNING = Stream.generate(
          () -> new Thread(ConformFaultsNightlyTest::spin, "spinning"))
      .limit(2)
      .toList();

  @BeforeAll
  static void keepBusy() {
    SPINNING.forEach(thread -> {
      thread.setDaemon(true);
      thread.start();
    });
  }

  @AfterAll
  static void rest() {
    SPINNING.forEach(Thread::interrupt);
  }

  @Test
  @Order(2)
  void everyFaultIsFoundAndNamedRightlyEachTime() throws InterruptedException {
    assertThat(PROOF.missed(List.of(ConformFault.values()), 20)).isEmpty();
  }

  @Test
  @Order(1)
  void noRightLimiterIsEverAccused() throws InterruptedException {
    assertThat(PROOF.accused(13)).isEmpty();
  }

  private static void spin() {
    while (!Thread.currentThread().isInterrupted()) {
      Thread.onSpinWait();
    }
  }
}
