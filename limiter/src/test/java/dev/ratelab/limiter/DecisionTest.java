package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DecisionTest {
  @Test
  void anAdmissionHasNothingToWaitFor() {
    Decision decision = Decision.allow(10, 7, 1_500_000);

    assertThat(decision).isEqualTo(new Decision(true, 10, 7, 0, 1_500_000, 0, null));
    assertThat(decision.resetAfter()).isEqualTo(Duration.ofMillis(1500));
    assertThat(decision.retryAfter()).isZero();
    assertThat(decision.delay()).isZero();
  }

  @Test
  void anAdmissionCanBeHeldBack() {
    Decision decision = Decision.allow(10, 7, 1_500_000).delayedBy(250);

    assertThat(decision).isEqualTo(new Decision(true, 10, 7, 0, 1_500_000, 250, null));
    assertThat(decision.delay()).isEqualTo(Duration.ofNanos(250_000));
  }

  @Test
  void aDenialSaysWhenToComeBack() {
    Decision decision = Decision.deny(10, 2, 40, 90);

    assertThat(decision).isEqualTo(new Decision(false, 10, 2, 40, 90, 0, null));
    assertThat(decision.retryAfter()).isEqualTo(Duration.ofNanos(40_000));
    assertThat(decision.resetAfter()).isEqualTo(Duration.ofNanos(90_000));
  }

  @Test
  void aFailurePolicySaysThatItAnswered() {
    assertThat(Decision.undecided(10, FailurePolicy.FAIL_CLOSED))
        .isEqualTo(new Decision(false, 10, 0, 0, 0, 0, FailurePolicy.FAIL_CLOSED));
    assertThat(Decision.undecided(10, FailurePolicy.FAIL_OPEN))
        .isEqualTo(new Decision(true, 10, 0, 0, 0, 0, FailurePolicy.FAIL_OPEN));
    assertThat(FailurePolicy.FAIL_CLOSED).hasToString("fail-closed");
    assertThat(FailurePolicy.FAIL_OPEN).hasToString("fail-open");
  }
}
