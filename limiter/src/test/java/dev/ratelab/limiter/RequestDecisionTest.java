package dev.ratelab.limiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestDecisionTest {
  private static RequestDecision of(Decision... decisions) {
    String[] names = {"a", "b", "c"};
    return RequestDecision.of(IntStream.range(0, decisions.length)
        .mapToObj(i -> new PolicyDecision(names[i], decisions[i]))
        .toList());
  }

  @Test
  void allThatAdmitAreTheLeastRemainingAndTheLongestTimes() {
    RequestDecision joint =
        of(Decision.allow(10, 7, 500), Decision.allow(3, 2, 100).delayedBy(40));

    assertThat(joint.allowed()).isTrue();
    assertThat(joint.deniedBy()).isNull();
    assertThat(joint.decision()).isEqualTo(Decision.allow(3, 2, 500).delayedBy(40));
  }

  @Test
  void theOneThatDeniesForLongestIsNamed() {
    RequestDecision joint =
        of(Decision.deny(10, 1, 20, 500), Decision.allow(5, 4, 900), Decision.deny(3, 2, 30, 100));

    assertThat(joint.allowed()).isFalse();
    assertThat(joint.deniedBy()).isEqualTo("c");
    assertThat(joint.decision()).isEqualTo(Decision.deny(3, 1, 30, 900));
  }

  @Test
  void oneDecisionStaysAsItIs() {
    Decision own = Decision.deny(10, 1, 20, 500);

    assertThat(RequestDecision.of("a", own).decision()).isSameAs(own);
    assertThat(RequestDecision.of("a", own).deniedBy()).isEqualTo("a");
  }

  @Test
  void oneFailurePolicyThatDeniesIsEnough() {
    Decision open = Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.SHED);
    Decision closed = Decision.undecided(3, FailurePolicy.FAIL_CLOSED, FailureReason.SHED);

    assertThat(of(open, closed).decision()).isEqualTo(closed);
    assertThat(of(open, closed).deniedBy()).isEqualTo("b");
    assertThat(of(open, open).decision()).isEqualTo(open);
  }

  /** How long the backend will be away nobody knows, so that no wait is told. */
  @Test
  void whoFailsClosedGoesBeforeWhoDeniesLocally() {
    Decision local = Decision.deny(5, 1, 70, 90).decidedLocally(FailureReason.SHED);
    Decision closed = Decision.undecided(3, FailurePolicy.FAIL_CLOSED, FailureReason.SHED);

    assertThat(of(local, closed).decision()).isEqualTo(closed);
    assertThat(of(local, closed).deniedBy()).isEqualTo("b");
  }

  @Test
  void whatIsCountedLocallyIsToldBesideWhatNobodyCounts() {
    Decision open = Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.DEADLINE);
    Decision admits = Decision.allow(5, 4, 90).decidedLocally(FailureReason.DEADLINE);
    Decision denies = Decision.deny(3, 1, 70, 80).decidedLocally(FailureReason.DEADLINE);

    assertThat(of(open, admits).decision()).isEqualTo(admits);
    assertThat(of(open, admits, denies).decision())
        .isEqualTo(Decision.deny(3, 1, 70, 90).decidedLocally(FailureReason.DEADLINE));
  }

  @Test
  void whatIsInShadowIsLeftOut() {
    PolicyDecision enforced = new PolicyDecision("a", Decision.allow(10, 7, 500));
    PolicyDecision shadow = new PolicyDecision("b", Decision.deny(1, 0, 900, 900), true);
    RequestDecision joint = RequestDecision.of(List.of(shadow, enforced));

    assertThat(joint.allowed()).isTrue();
    assertThat(joint.shadowed()).isTrue();
    assertThat(joint.decision()).isEqualTo(enforced.decision());
  }

  @Test
  void whereAllIsInShadowTheRequestIsAllowedAtOnce() {
    PolicyDecision denies = new PolicyDecision("a", Decision.deny(1, 0, 900, 800), true);
    PolicyDecision delays = new PolicyDecision("b", Decision.allow(5, 3, 100).delayedBy(60), true);

    assertThat(RequestDecision.of(List.of(denies)).decision()).isEqualTo(Decision.allow(1, 0, 800));
    assertThat(RequestDecision.of(List.of(denies, delays)).decision())
        .isEqualTo(Decision.allow(1, 0, 800));
    assertThat(RequestDecision.of(List.of(delays)).decision()).isEqualTo(Decision.allow(5, 3, 100));
  }

  @Test
  void nobodyIsNoAnswer() {
    assertThatIllegalArgumentException().isThrownBy(() -> RequestDecision.of(List.of()));
  }

  /** An answer in numbers says what the same one in objects does. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLoneAnswerIsTheSameInNumbers(boolean shadow) {
    ScopedPolicy policy = ScopedPolicy.perKey(
            Policy.of("p", Algorithm.LEAKY_BUCKET, Limit.of(10, Duration.ofSeconds(1))))
        .withShadow(shadow);

    isTheSame(
        RequestDecision.allow(policy, 7, 500, 0),
        RequestDecision.of(policy, Decision.allow(10, 7, 500)));
    isTheSame(
        RequestDecision.allow(policy, 0, 500, 40),
        RequestDecision.of(policy, Decision.allow(10, 0, 500).delayedBy(40)));
    isTheSame(
        RequestDecision.deny(policy, 1, 20, 500),
        RequestDecision.of(policy, Decision.deny(10, 1, 20, 500)));
    isTheSame(
        RequestDecision.deny(policy, 0, 0, 0),
        RequestDecision.of(policy, Decision.deny(10, 0, 0, 0)));
  }

  private static void isTheSame(RequestDecision numbers, RequestDecision objects) {
    assertThat(numbers).isEqualTo(objects).hasSameHashCodeAs(objects);
    assertThat(objects).isEqualTo(numbers);
    assertThat(numbers.policies()).isEqualTo(objects.policies());
    assertThat(numbers.allowed()).isEqualTo(objects.allowed());
    assertThat(numbers.deniedBy()).isEqualTo(objects.deniedBy());
    assertThat(numbers.shadowed()).isEqualTo(objects.shadowed());
    assertThat(numbers.decision()).isEqualTo(objects.decision());
  }

  /** Its sign tells an admission from a denial. */
  @Test
  void aWaitOrDelayBelowZeroIsRefused() {
    ScopedPolicy policy =
        ScopedPolicy.perKey(Policy.of("p", Algorithm.GCRA, Limit.of(1, Duration.ofSeconds(1))));

    assertThatThrownBy(() -> RequestDecision.deny(policy, 0, -1, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("wait is -1; accepted: 0 or more");
    assertThatThrownBy(() -> RequestDecision.allow(policy, 0, 5, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("delay is -1; accepted: 0 or more");
  }
}
