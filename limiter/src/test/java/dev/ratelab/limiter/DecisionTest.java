package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DecisionTest {
  @Test
  void anAdmissionHasNothingToWaitFor() {
    Decision decision = Decision.allow(10, 7, 1_500_000);

    assertThat(decision).isEqualTo(new Decision(true, 10, 7, 0, 1_500_000, 0, null, null));
    assertThat(decision.resetAfter()).isEqualTo(Duration.ofMillis(1500));
    assertThat(decision.retryAfter()).isZero();
    assertThat(decision.delay()).isZero();
  }

  @Test
  void anAdmissionCanBeHeldBack() {
    Decision decision = Decision.allow(10, 7, 1_500_000).delayedBy(250);

    assertThat(decision).isEqualTo(new Decision(true, 10, 7, 0, 1_500_000, 250, null, null));
    assertThat(decision.delay()).isEqualTo(Duration.ofNanos(250_000));
  }

  @Test
  void aDenialSaysWhenToComeBack() {
    Decision decision = Decision.deny(10, 2, 40, 90);

    assertThat(decision).isEqualTo(new Decision(false, 10, 2, 40, 90, 0, null, null));
    assertThat(decision.retryAfter()).isEqualTo(Duration.ofNanos(40_000));
    assertThat(decision.resetAfter()).isEqualTo(Duration.ofNanos(90_000));
  }

  @Test
  void aFailurePolicySaysThatItAnswered() {
    FailureReason late = FailureReason.DEADLINE;
    assertThat(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, late))
        .isEqualTo(new Decision(false, 10, 0, 0, 0, 0, FailurePolicy.FAIL_CLOSED, late));
    assertThat(Decision.undecided(10, FailurePolicy.FAIL_OPEN, late))
        .isEqualTo(new Decision(true, 10, 0, 0, 0, 0, FailurePolicy.FAIL_OPEN, late));
    assertThat(Decision.undecided(10, FailurePolicy.LOCAL, late))
        .as("nobody counts locally")
        .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, late));
    assertThat(Decision.undecided(10, FailurePolicy.FAIL_OPEN, late).counted()).isFalse();
    assertThat(FailurePolicy.FAIL_CLOSED).hasToString("fail-closed");
    assertThat(FailurePolicy.FAIL_OPEN).hasToString("fail-open");
    assertThat(FailureReason.BREAKER_OPEN).hasToString("breaker-open");
  }

  @Test
  void theLocalLimiterCountsAndSaysWhyItHadTo() {
    Decision decision = Decision.deny(3, 0, 40, 90).decidedLocally(FailureReason.SHED);

    assertThat(decision)
        .isEqualTo(new Decision(false, 3, 0, 40, 90, 0, FailurePolicy.LOCAL, FailureReason.SHED));
    assertThat(decision.counted()).isTrue();
    assertThat(Decision.deny(3, 0, 40, 90).counted()).isTrue();
  }

  @Test
  void aFailurePolicyIsFoundByItsName() {
    for (FailurePolicy policy : FailurePolicy.values()) {
      assertThat(FailurePolicy.of(policy.id())).isEqualTo(policy);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FailurePolicy.of("open"))
        .withMessage("'open' is no failure policy; accepted: fail-closed, fail-open, local");
  }
}
