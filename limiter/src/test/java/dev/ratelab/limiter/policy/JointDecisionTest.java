package dev.ratelab.limiter.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.policy.JointDecision.Own;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JointDecisionTest {
  private static JointDecision of(Decision... decisions) {
    String[] names = {"a", "b", "c"};
    return new JointDecision(IntStream.range(0, decisions.length)
        .mapToObj(i -> new Own(names[i], decisions[i]))
        .toList());
  }

  @Test
  void allThatAdmitAreTheLeastRemainingAndTheLongestTimes() {
    JointDecision joint =
        of(Decision.allow(10, 7, 500), Decision.allow(3, 2, 100).delayedBy(40));

    assertThat(joint.allowed()).isTrue();
    assertThat(joint.deniedBy()).isNull();
    assertThat(joint.decision()).isEqualTo(Decision.allow(3, 2, 500).delayedBy(40));
  }

  @Test
  void theOneThatDeniesForLongestIsNamed() {
    JointDecision joint =
        of(Decision.deny(10, 1, 20, 500), Decision.allow(5, 4, 900), Decision.deny(3, 2, 30, 100));

    assertThat(joint.allowed()).isFalse();
    assertThat(joint.deniedBy()).isEqualTo("c");
    assertThat(joint.decision()).isEqualTo(Decision.deny(3, 1, 30, 900));
  }

  @Test
  void oneDecisionStaysAsItIs() {
    Decision own = Decision.deny(10, 1, 20, 500);

    assertThat(JointDecision.of("a", own).decision()).isSameAs(own);
    assertThat(JointDecision.of("a", own).deniedBy()).isEqualTo("a");
  }

  @Test
  void oneFailurePolicyThatDeniesIsEnough() {
    Decision open = Decision.undecided(10, FailurePolicy.FAIL_OPEN);
    Decision closed = Decision.undecided(3, FailurePolicy.FAIL_CLOSED);

    assertThat(of(open, closed).decision()).isEqualTo(closed);
    assertThat(of(open, closed).deniedBy()).isEqualTo("b");
    assertThat(of(open, open).decision()).isEqualTo(open);
  }

  @Test
  void nobodyIsNoAnswer() {
    assertThatIllegalArgumentException().isThrownBy(() -> new JointDecision(List.of()));
  }
}
