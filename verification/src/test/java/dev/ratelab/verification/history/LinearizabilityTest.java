package dev.ratelab.verification.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker itself, on histories whose verdict is known. */
class LinearizabilityTest {
  /** Three per day, so that at one instant the answers tell how many came before. */
  private static final Policy THREE =
      Policy.of("p", Algorithm.FIXED_WINDOW, Limit.of(3, Duration.ofDays(1)));

  private static RecordedCall admitted(long invoked, long returned, long remaining) {
    return admitted("k", invoked, returned, 1, remaining);
  }

  private static RecordedCall admitted(
      String key, long invoked, long returned, long cost, long remaining) {
    return new RecordedCall(
        key, 0, cost, invoked, returned, Decision.allow(3, remaining, 86_400_000_000L));
  }

  private static RecordedCall denied(long invoked, long returned, long cost, long remaining) {
    return new RecordedCall(
        "k",
        0,
        cost,
        invoked,
        returned,
        Decision.deny(3, remaining, 86_400_000_000L, 86_400_000_000L));
  }

  private static boolean linearizable(RecordedCall... history) {
    return Linearizability.of(THREE).check(List.of(history)).isEmpty();
  }

  @Test
  void oneAfterTheOther() {
    assertThat(linearizable()).isTrue();
    assertThat(linearizable(admitted(0, 1, 2), admitted(2, 3, 1), admitted(4, 5, 0)))
        .isTrue();
  }

  @Test
  void simultaneousOnesInAnyOrder() {
    assertThat(linearizable(admitted(0, 9, 0), admitted(1, 8, 1), admitted(2, 7, 2)))
        .isTrue();
    assertThat(linearizable(denied(0, 9, 1, 0), admitted("k", 1, 2, 3, 0))).isTrue();
    assertThat(linearizable(denied(0, 9, 3, 1), admitted(1, 2, 2), admitted(3, 4, 1)))
        .isTrue();
  }

  @Test
  void touchingAtOneInstantIsSimultaneous() {
    assertThat(linearizable(admitted(0, 5, 1), admitted(5, 9, 2))).isTrue();
  }

  @Test
  void aReorderingAcrossRealTime() {
    assertThat(linearizable(admitted(0, 4, 1), admitted(5, 9, 2))).isFalse();
  }

  @Test
  void aStaleRead() {
    assertThat(linearizable(admitted("k", 0, 1, 2, 1), denied(2, 3, 3, 3))).isFalse();
    assertThat(linearizable(admitted("k", 0, 1, 2, 1), denied(2, 3, 3, 1))).isTrue();
  }

  @Test
  void aLostUpdate() {
    assertThat(linearizable(admitted(0, 9, 2), admitted(0, 9, 2))).isFalse();
  }

  @Test
  void aDoubleCharge() {
    assertThat(linearizable(admitted(0, 1, 1))).isFalse();
    assertThat(linearizable(admitted(0, 1, 2), admitted(2, 3, 0))).isFalse();
  }

  @Test
  void aDenialThatCharged() {
    assertThat(linearizable(admitted(0, 1, 2), denied(2, 3, 3, 2), admitted(4, 5, 1)))
        .isTrue();
    assertThat(linearizable(admitted(0, 1, 2), denied(2, 3, 3, 2), admitted(4, 5, 0)))
        .isFalse();
  }

  @Test
  void keysAreIndependent() {
    assertThat(linearizable(admitted("a", 0, 1, 1, 2), admitted("b", 2, 3, 1, 2)))
        .isTrue();
    assertThat(linearizable(
            admitted("a", 0, 1, 1, 2), admitted("b", 0, 9, 1, 2), admitted("b", 0, 9, 1, 2)))
        .isFalse();
  }

  @Test
  void eachFieldCounts() {
    RecordedCall wrongReset =
        new RecordedCall("k", 0, 1, 0, 1, Decision.allow(3, 2, 86_399_999_999L));

    assertThat(linearizable(wrongReset)).isFalse();
    assertThat(Linearizability.ofAdmissions(THREE).check(List.of(wrongReset))).isEmpty();
    assertThat(Linearizability.ofAdmissions(THREE).check(List.of(admitted(0, 1, 1))))
        .isPresent();
    assertThat(Linearizability.ofAdmissions(THREE).check(List.of(denied(0, 1, 1, 2))))
        .isPresent();
  }

  @Test
  void anUndecidedCallMayHaveTakenEffectAtAnyTimeSinceItBegan() {
    RecordedCall lost = RecordedCall.undecided("k", 0, 1, 0);

    assertThat(linearizable(lost)).isTrue();
    assertThat(linearizable(lost, admitted(1, 2, 2), admitted(3, 4, 1))).isTrue();
    assertThat(linearizable(lost, admitted(1, 2, 1), admitted(3, 4, 0))).isTrue();
    assertThat(linearizable(lost, admitted(1, 2, 2), admitted(3, 4, 0))).isTrue();
  }

  @Test
  void anUndecidedCallTakesEffectOnceAtMostAndNotBeforeItBegan() {
    RecordedCall lost = RecordedCall.undecided("k", 0, 1, 2);

    assertThat(linearizable(admitted(0, 1, 1), lost)).isFalse();
    assertThat(linearizable(lost, admitted("k", 3, 4, 1, 0))).isFalse();
    assertThat(linearizable(lost, RecordedCall.undecided("k", 0, 1, 2), admitted("k", 3, 4, 1, 0)))
        .isTrue();
  }

  @Test
  void saysWhereItStuck() {
    HistoryCounterexample stuck = Linearizability.of(THREE)
        .check(List.of(admitted(0, 1, 2), admitted(2, 3, 2)))
        .orElseThrow();

    assertThat(stuck.order()).containsExactly(admitted(0, 1, 2));
    assertThat(stuck.next())
        .extracting(HistoryCounterexample.Contradiction::expected)
        .containsExactly(Decision.allow(3, 1, 86_400_000_000L));
    assertThat(stuck.toString()).contains("1 operations have an order", "remaining=1");
  }

  @Test
  void refusesTimesThatMakeNoSense() {
    assertThatThrownBy(() -> admitted(2, 1, 0)).hasMessageContaining("accepted: not before");
    assertThatThrownBy(() -> new RecordedCall("k", 0, 1, 0, 1, null))
        .hasMessageContaining("both a decision and a return");
    assertThatThrownBy(() -> admitted(0, RecordedCall.NEVER, 2))
        .hasMessageContaining("both a decision and a return");
  }

  /** Small histories, some with an order and some without, against trying every permutation. */
  @ParameterizedTest
  @EnumSource
  void agreesWithTryingEveryOrder(Algorithm algorithm) {
    Policy policy = Policy.of("p", algorithm, new Limit(4, 100, 4));
    Random random = new Random(20_260_101);
    int[] verdicts = new int[2];
    for (int i = 0; i < 3_000; i++) {
      List<RecordedCall> history = randomHistory(policy, random);
      boolean expected = anyOrder(Transition.of(algorithm, policy.limit()), history);
      verdicts[expected ? 1 : 0]++;

      assertThat(Linearizability.of(policy).check(history).isEmpty())
          .as("%s", history)
          .isEqualTo(expected);
    }
    assertThat(verdicts[0]).isGreaterThan(300);
    assertThat(verdicts[1]).isGreaterThan(300);
  }

  /** Up to six operations, answered in one order and then told at times that may hide it or contradict it. */
  private static List<RecordedCall> randomHistory(Policy policy, Random random) {
    Cell<?> cell = new Cell<>(Transition.of(policy.algorithm(), policy.limit()));
    List<RecordedCall> history = new ArrayList<>();
    int size = 2 + random.nextInt(5);
    for (int i = 0; i < size; i++) {
      long at = random.nextInt(150);
      long cost = 1 + random.nextLong(3);
      long invoked = Math.max(0, 2L * i - random.nextInt(9));
      boolean lost = random.nextInt(4) == 0;
      boolean ran = !lost || random.nextBoolean();
      Decision decision = ran ? cell.apply(at, cost) : null;
      if (lost) {
        history.add(RecordedCall.undecided("k", at, cost, invoked));
      } else {
        // Now and then answered as if it had been another request.
        long told = random.nextInt(10) == 0 ? 1 + cost % 3 : cost;
        history.add(
            new RecordedCall("k", at, told, invoked, invoked + random.nextInt(3), decision));
      }
    }
    Collections.shuffle(history, random);
    return history;
  }

  private static final class Cell<S> {
    private final Transition<S> transition;
    private S state;

    Cell(Transition<S> transition) {
      this.transition = transition;
    }

    Decision apply(long at, long cost) {
      Step<S> step = transition.apply(state, at, cost);
      state = step.state();
      return step.decision();
    }
  }

  private static <S> boolean anyOrder(Transition<S> transition, List<RecordedCall> history) {
    return anyOrder(transition, null, history.toArray(new RecordedCall[0]));
  }

  private static <S> boolean anyOrder(Transition<S> transition, S state, RecordedCall[] left) {
    if (Arrays.stream(left).allMatch(operation -> operation.decision() == null)) {
      return true;
    }
    for (int i = 0; i < left.length; i++) {
      RecordedCall next = left[i];
      Step<S> step = transition.apply(state, next.at(), next.cost());
      boolean first = Arrays.stream(left).noneMatch(other -> other.returned() < next.invoked());
      boolean agrees = next.decision() == null || next.decision().equals(step.decision());
      if (first && agrees && anyOrder(transition, step.state(), without(left, i))) {
        return true;
      }
    }
    return false;
  }

  private static RecordedCall[] without(RecordedCall[] operations, int index) {
    List<RecordedCall> others = new ArrayList<>(Arrays.asList(operations));
    others.remove(index);
    return others.toArray(new RecordedCall[0]);
  }
}
