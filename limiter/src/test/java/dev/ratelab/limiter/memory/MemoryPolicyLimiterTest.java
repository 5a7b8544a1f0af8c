package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.KeyedRequest;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPolicyLimiterTest {
  private static final long SECOND = 1_000_000;

  @RegisterExtension
  private final CapturedLog log = new CapturedLog();

  private final ManualTime time = new ManualTime(1_000 * SECOND);

  private MemoryPolicyLimiter<?> limiter(Algorithm algorithm, long maxKeys) {
    Policy policy = Policy.of("p", algorithm, Limit.of(4, Duration.ofSeconds(10)));
    return MemoryPolicyLimiter.of(policy, time, maxKeys);
  }

  @ParameterizedTest
  @EnumSource
  void keysDoNotShareAnything(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 100);
    // "Aa" and "BB" have the same hash code; the last two are malformed UTF-16, and differ.
    List<String> keys = List.of(
        "",
        " ",
        "a",
        "A",
        "a:b",
        "a{b}",
        "Aa",
        "BB",
        "a\0",
        "x".repeat(10_000),
        "\uD800",
        "\uDBFF");

    for (String key : keys) {
      Decision first = limiter.check(key, 4);
      assertThat(first.allowed()).as("'%s'", key).isTrue();
      assertThat(limiter.check(key, 1).allowed()).as("'%s'", key).isFalse();
    }
    assertThat(limiter.keys()).isEqualTo(keys.size());
  }

  /** The key counts, not the object that carries it. */
  @Test
  void equalKeysAreOneKey() {
    MemoryPolicyLimiter<?> limiter = limiter(Algorithm.FIXED_WINDOW, 100);

    char[] key = {'k', 'e', 'y'};
    limiter.check(new String(key), 4);

    assertThat(limiter.check(new String(key), 1).allowed()).isFalse();
  }

  @Test
  void twoLimitersOfOnePolicyDoNotShareAnything() {
    MemoryPolicyLimiter<?> one = limiter(Algorithm.GCRA, 100);
    MemoryPolicyLimiter<?> other = limiter(Algorithm.GCRA, 100);

    one.check("key", 4);

    assertThat(other.check("key", 4).allowed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aDenialLeavesTheStateAlone(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 100);
    limiter.check("key", 3);

    Decision denied = limiter.check("key", 2);
    for (int i = 0; i < 10; i++) {
      assertThat(limiter.check("key", 2)).isEqualTo(denied);
    }

    assertThat(denied.allowed()).isFalse();
    assertThat(limiter.check("key", 1).allowed()).isTrue();
    time.advance(denied.resetAfterMicros());
    // Only the last unit is left, admitted after the denial that said when all else is over.
    assertThat(limiter.check("key", 4).resetAfterMicros()).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void aStateIsKeptForItsWholeLife(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 100);

    limiter.check("key", 1);
    // Less than the second in which Caffeine does not note another access.
    time.advance(SECOND - 1);
    long resetAfter = limiter.check("key", 3).resetAfterMicros();
    time.advance(resetAfter - 1);

    assertThat(limiter.keys()).isEqualTo(1);
    assertThat(limiter.check("key", 4).allowed()).isFalse();
    assertThat(limiter.lostLiveKeys()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aKeyIsDroppedTwoSecondsAfterItsStateIsOver(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 100);
    for (int i = 0; i < 50; i++) {
      limiter.check("key" + i, 4);
    }
    long life = algorithm == Algorithm.SLIDING_WINDOW_COUNTER ? 20 : 10;

    time.advance((life + 2) * SECOND - 1);
    assertThat(limiter.keys()).isEqualTo(50);
    time.advance(1);
    assertThat(limiter.keys()).isZero();

    assertThat(limiter.lostLiveKeys()).isZero();
    assertThat(limiter.check("key0", 4).allowed()).isTrue();
  }

  /** Whatever the store forgets, no more is admitted than the limit and what the forgotten states had admitted. */
  @ParameterizedTest
  @EnumSource
  void pastTheBoundEveryLossOfALiveKeyIsCounted(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 10);
    for (int i = 0; i < 1_000; i++) {
      assertThat(limiter.check("key" + i, 4).allowed()).isTrue();
    }
    assertThat(limiter.keys()).isEqualTo(10);
    assertThat(limiter.lostLiveKeys()).isEqualTo(990);

    // Exactly those that were lost are admitted again, each at the price of another one.
    long before = limiter.lostLiveKeys();
    long again = IntStream.range(0, 1_000)
        .filter(i -> limiter.check("key" + i, 4).allowed())
        .count();
    assertThat(limiter.keys()).isEqualTo(10);
    assertThat(limiter.lostLiveKeys() - before).isEqualTo(again);
  }

  @ParameterizedTest
  @EnumSource
  void aStateThatIsOverIsNoLoss(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 1);
    long life = algorithm == Algorithm.SLIDING_WINDOW_COUNTER ? 20 : 10;
    limiter.check("key0", 1);
    for (int i = 1; i <= 100; i++) {
      // Over by now, yet not idle for long enough to have expired.
      time.advance(life * SECOND);
      long before = limiter.lostLiveKeys();
      limiter.check("key" + i, 4);
      assertThat(limiter.keys()).isEqualTo(1);
      boolean lost = limiter.lostLiveKeys() > before;

      assertThat(limiter.check("key" + i, 4).allowed()).as("key %d lost", i).isEqualTo(lost);
    }
    assertThat(limiter.lostLiveKeys()).isLessThan(100);
  }

  /** Checked by a clock that was set back, a key is not idle since then: its state counts for as long as before. */
  @ParameterizedTest
  @EnumSource
  void aClockThatGoesBackDropsNoKey(Algorithm algorithm) {
    MemoryPolicyLimiter<?> limiter = limiter(algorithm, 100);
    long before = time.micros();
    limiter.check("key", 4);

    time.set(before - 60 * SECOND);
    assertThat(limiter.check("key", 4).allowed()).isFalse();
    // Past the longest idle time from there on.
    time.set(before - 30 * SECOND);
    assertThat(limiter.keys()).isEqualTo(1);
    time.set(before);

    assertThat(limiter.check("key", 4).allowed()).isFalse();
  }

  /** The clock is read between the look at a state and its replacement: at each reading another check may come between. */
  private static final class Overtaking implements TimeSource {
    final MemoryPolicyLimiter<?> limiter;
    final List<Decision> decisions = new ArrayList<>();
    private int left;

    Overtaking(Algorithm algorithm) {
      Policy policy = Policy.of("p", algorithm, Limit.of(100, Duration.ofSeconds(10)));
      limiter = MemoryPolicyLimiter.of(policy, this, 100);
      limiter.check("key", 1);
    }

    /** A check, overtaken by as many others of cost 1 as it reads the clock, and by no more than the given number. */
    Decision overtakenCheck(long cost, int others) {
      left = others;
      return limiter.check("key", cost);
    }

    @Override
    public long micros() {
      if (left > 0) {
        int rest = left - 1;
        // The check that overtakes reads the clock too, and nothing overtakes it.
        left = 0;
        decisions.add(limiter.check("key", 1));
        left = rest;
      }
      return 0;
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAdmissionThatWasOvertakenIsDecidedAgain(Algorithm algorithm) {
    Overtaking overtaking = new Overtaking(algorithm);

    Decision overtaken = overtaking.overtakenCheck(1, 10);

    assertThat(overtaking.decisions).hasSize(10).allMatch(Decision::allowed);
    assertThat(overtaken.remaining()).isEqualTo(100 - 12);
    assertThat(overtaking.limiter.check("key", 1).remaining()).isEqualTo(100 - 13);
  }

  /** It has nothing to charge, so nothing that comes between can keep it from answering. */
  @ParameterizedTest
  @EnumSource
  void aDenialThatWasOvertakenStands(Algorithm algorithm) {
    Overtaking overtaking = new Overtaking(algorithm);

    Decision overtaken = overtaking.overtakenCheck(100, 50);

    assertThat(overtaken.allowed()).isFalse();
    assertThat(overtaking.decisions).hasSizeBetween(1, 49);
  }

  /** The first, and then whenever they have doubled: said at once, and seldom where it goes on. */
  @Test
  void aLossOfLiveKeysIsLoggedAtEachPowerOfTwo() {
    MemoryPolicyLimiter<?> limiter = limiter(Algorithm.GCRA, 10);
    for (int i = 0; i < 20; i++) {
      limiter.check("key" + i, 4);
    }

    assertThat(limiter.lostLiveKeys()).isEqualTo(10);
    assertThat(log.lines())
        .extracting(line -> line.replaceFirst(".* policy p: ", ""))
        .containsExactly(
            "1 keys forgotten while they still counted; each can admit another burst. The store holds 10 keys",
            "2 keys forgotten while they still counted; each can admit another burst. The store holds 10 keys",
            "4 keys forgotten while they still counted; each can admit another burst. The store holds 10 keys",
            "8 keys forgotten while they still counted; each can admit another burst. The store holds 10 keys");
  }

  @Test
  void aBatchIsDecidedInOrderAndEachRequestByItself() {
    MemoryPolicyLimiter<?> limiter = limiter(Algorithm.TOKEN_BUCKET, 100);

    List<Decision> decisions = limiter.check(List.of(
        new KeyedRequest("a", 3),
        new KeyedRequest("b", 4),
        new KeyedRequest("a", 2),
        new KeyedRequest("a", 1)));

    assertThat(decisions).extracting(Decision::allowed).containsExactly(true, true, false, true);
    assertThat(decisions).extracting(Decision::remaining).containsExactly(1L, 0L, 1L, 0L);
    assertThat(limiter.check(List.of())).isEmpty();
  }

  @Test
  void aBatchWithABadCostChargesNothing() {
    MemoryPolicyLimiter<?> limiter = limiter(Algorithm.TOKEN_BUCKET, 100);

    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> limiter.check(List.of(new KeyedRequest("a", 4), new KeyedRequest("a", 5))))
        .withMessage("cost is 5; accepted: 1 to 4");

    assertThat(limiter.keys()).isZero();
    assertThat(limiter.check("a", 4).allowed()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 5, Long.MIN_VALUE, Long.MAX_VALUE})
  void aBadCostIsRefusedAndLeavesNoKey(long cost) {
    MemoryPolicyLimiter<?> limiter = limiter(Algorithm.GCRA, 100);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.check("key", cost))
        .withMessage("cost is %d; accepted: 1 to 4", cost);
    assertThatIllegalArgumentException().isThrownBy(() -> limiter.checkAsync("key", cost));

    assertThat(limiter.keys()).isZero();
  }

  @Test
  void checkAsyncAnswersAtOnceAndCharges() {
    MemoryPolicyLimiter<?> limiter = limiter(Algorithm.GCRA, 100);

    assertThat(limiter.checkAsync("key", 4).toCompletableFuture())
        .isCompletedWithValueMatching(Decision::allowed);
    assertThat(limiter.check("key", 1).allowed()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void refusesABoundThatHoldsNoKey(long maxKeys) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter(Algorithm.GCRA, maxKeys))
        .withMessageStartingWith("maxKeys is %d; accepted: 1 to ".formatted(maxKeys));
  }

  @Test
  void knowsItsPolicy() {
    Policy policy = Policy.of("api", Algorithm.GCRA, Limit.of(4, Duration.ofSeconds(10)));

    assertThat(MemoryPolicyLimiter.of(policy).policy()).isSameAs(policy);
  }
}
