package dev.ratelab.limiter.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Threads;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LeasedCounterTest {
  private static final long L = 1_600;
  private static final long NOW = 10_000;

  private final LeasedCounter counter = new LeasedCounter(policy(Algorithm.GCRA, 8));

  private static Policy policy(Algorithm algorithm, long permits) {
    return Policy.of("policy", algorithm, Limit.of(1_000, Duration.ofSeconds(1)))
        .withLease(new Lease(permits, L));
  }

  private static Decision granted(long remaining, long resetAfter) {
    return Decision.allow(1_000, remaining, resetAfter);
  }

  private static Decision refused(long remaining, long retryAfter) {
    return Decision.deny(1_000, remaining, retryAfter, 5_000);
  }

  /** Has borrowed all that may be, at {@link #NOW}. */
  private static void fill(LeasedCounter counter) {
    long amount = counter.borrow(NOW, counter.most());
    assertThat(amount).isEqualTo(counter.most());
    counter.granted(NOW, NOW + 5, granted(100, 5_000));
  }

  private void hold(long amount) {
    assertThat(counter.borrow(NOW, amount)).isEqualTo(amount);
    counter.granted(NOW, NOW, granted(100, 5_000));
  }

  @Test
  void needsALease() {
    assertThatThrownBy(() -> new LeasedCounter(policy(Algorithm.GCRA, 8).withLease(null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the policy 'policy' has no lease; accepted: one that has");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 9})
  void asksForNoLeastThatTheLeaseDoesNotHave(long least) {
    assertThatThrownBy(() -> new LeasedCounter(policy(Algorithm.GCRA, 8), least))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the least to be asked for is %s; accepted: 1 to 8", least);
  }

  @Test
  void asksForTheLeastWhateverTheDemand() {
    assertThat(new LeasedCounter(policy(Algorithm.GCRA, 8), 3).borrow(NOW, 1)).isEqualTo(3);
  }

  @Test
  void everyOneHasANumberOfItsOwn() {
    assertThat(counter.number())
        .isNotEqualTo(new LeasedCounter(policy(Algorithm.GCRA, 8)).number());
  }

  @Test
  void aNewOneHasNothing() {
    assertThat(counter.spend(NOW, 1)).isFalse();
    assertThat(counter.spendInTurn(NOW, 1)).isNegative();
    assertThat(counter.remaining(NOW)).isZero();
    assertThat(counter.refusedUntil(NOW, 1)).isEqualTo(NOW);
    assertThat(counter.resetAfter(NOW)).isZero();
    assertThat(counter.borrowAhead(NOW)).isZero();
    assertThat(counter.idle(NOW)).isTrue();
  }

  @Test
  void aBlockIsSpentUntilItsEndAndCountsFromBeforeItWasAskedFor() {
    fill(counter);

    assertThat(counter.spend(NOW + L - 1, 3)).isTrue();
    assertThat(counter.remaining(NOW + L - 1)).isEqualTo(5);
    assertThat(counter.spend(NOW + L, 1)).isFalse();
    assertThat(counter.remaining(NOW + L)).isZero();
    assertThat(counter.lapsed(NOW + L)).isEqualTo(5);
  }

  @Test
  void whatIsOverNeitherRemainsNorIsHeld() {
    fill(counter);

    assertThat(counter.remaining(NOW + L - 1)).isEqualTo(8);
    assertThat(counter.remaining(NOW + L)).isZero();
    assertThat(counter.lapsed(NOW + L)).isEqualTo(8);
  }

  @Test
  void allOfACostIsSpentOrNothing() {
    fill(counter);

    assertThat(counter.spend(NOW + 1, 6)).isTrue();
    assertThat(counter.spend(NOW + 1, 3)).isFalse();
    assertThat(counter.spend(NOW + 1, 2)).isTrue();
    assertThat(counter.spend(NOW + 1, 1)).isFalse();
  }

  @Test
  void oneBorrowIsUnderWayAtATime() {
    assertThat(counter.borrow(NOW, 1)).isEqualTo(1);
    assertThat(counter.borrow(NOW, 1)).isZero();
    assertThat(counter.idle(NOW)).isFalse();

    counter.failed();

    assertThat(counter.remaining(NOW)).isZero();
    assertThat(counter.borrow(NOW, 2)).isEqualTo(2);
  }

  @Test
  void whatIsHereIsNotBorrowed() {
    hold(4);

    assertThat(counter.borrow(NOW, 4)).isZero();
    assertThat(counter.borrow(NOW, 5)).isEqualTo(4);
    assertThat(counter.refused(NOW, NOW, refused(1, 20))).isEqualTo(1);
  }

  @Test
  void whatIsBorrowedAheadIsNeverOverTheMost() {
    fill(counter);
    assertThat(counter.spend(NOW + 10, 4)).isTrue();

    assertThat(counter.borrowAhead(NOW + 10)).isEqualTo(4);
    assertThat(counter.borrowAhead(NOW + 10)).isZero();
  }

  @Test
  void moreIsBorrowedAheadWhenHalfOfABlockIsSpent() {
    fill(counter);
    counter.spend(NOW, 3);
    assertThat(counter.borrowAhead(NOW)).isZero();
    counter.spend(NOW, 1);

    assertThat(counter.borrowAhead(NOW + L / 2 - 1)).isEqualTo(4);
  }

  @Test
  void nothingIsBorrowedAheadInTheSecondHalfOfABlocksTime() {
    fill(counter);
    counter.spend(NOW, 4);

    assertThat(counter.borrowAhead(NOW + L / 2)).isZero();
  }

  @Test
  void aBlockThatIsSpentIsNoReasonToBorrowAhead() {
    fill(counter);
    counter.spend(NOW, 8);
    assertThat(counter.spend(NOW, 1)).isFalse();

    assertThat(counter.borrowAhead(NOW)).isZero();
  }

  @ParameterizedTest
  @CsvSource({"3, 0", "4, 6"})
  void onlyBlocksOfFourOrMoreAreBorrowedAhead(long size, long ahead) {
    hold(size);
    counter.spend(NOW, 2);

    assertThat(counter.borrowAhead(NOW)).isEqualTo(ahead);
  }

  @ParameterizedTest
  @CsvSource({"99, 0", "100, 4"})
  void nothingIsBorrowedAheadOfACounterThatIsLeftAlone(long after, long ahead) {
    counter.borrow(NOW, 8);
    counter.granted(NOW, NOW, granted(0, 5_000));
    counter.spend(NOW, 4);

    assertThat(counter.borrowAhead(NOW + after)).isEqualTo(ahead);
  }

  @Test
  void nothingIsBorrowedAheadBeforeTheNewestBlockIsTheFirst() {
    hold(4);
    counter.spend(NOW, 1);
    assertThat(counter.borrow(NOW, 5)).isEqualTo(5);
    counter.granted(NOW, NOW, granted(100, 5_000));
    counter.spend(NOW, 2);
    assertThat(counter.borrowAhead(NOW)).isZero();
    counter.spend(NOW, 4);

    assertThat(counter.borrowAhead(NOW)).isEqualTo(6);
  }

  @Test
  void aCostIsSpentOfManyBlocks() {
    for (long cost : new long[] {1, 2, 4, 8}) {
      assertThat(counter.borrow(NOW, cost)).isPositive();
      counter.granted(NOW, NOW, granted(100, 5_000));
    }

    assertThat(counter.remaining(NOW)).isEqualTo(8);
    assertThat(counter.spend(NOW, 8)).isTrue();
  }

  @Test
  void aCostIsSpentOfSeveralBlocks() {
    fill(counter);
    counter.spend(NOW + 10, 4);
    counter.borrowAhead(NOW + 10);
    counter.granted(NOW + 10, NOW + 20, granted(100, 5_000));

    assertThat(counter.remaining(NOW + 20)).isEqualTo(8);
    assertThat(counter.spend(NOW + 20, 9)).isFalse();
    assertThat(counter.spend(NOW + 20, 7)).isTrue();
    assertThat(counter.spend(NOW + L, 1)).isTrue();
    assertThat(counter.spend(NOW + L + 1, 1)).isFalse();
  }

  @Test
  void aFixedWindowsBlockEndsWithItsWindow() {
    LeasedCounter fixed = new LeasedCounter(policy(Algorithm.FIXED_WINDOW, 8));
    fixed.borrow(NOW, 8);
    fixed.granted(NOW, NOW + 5, granted(100, 700));

    assertThat(fixed.spend(NOW + 699, 1)).isTrue();
    assertThat(fixed.spend(NOW + 700, 1)).isFalse();
  }

  /** As where the server of a failover is ahead. */
  @Test
  void aLaterBlockThatEndsSoonerIsNotSpentAfterItsEnd() {
    LeasedCounter fixed = new LeasedCounter(policy(Algorithm.FIXED_WINDOW, 8));
    fixed.borrow(NOW, 8);
    fixed.granted(NOW, NOW, granted(100, 1_000));
    fixed.spend(NOW, 4);
    assertThat(fixed.borrowAhead(NOW)).isEqualTo(4);
    fixed.granted(NOW, NOW, granted(100, 10));

    assertThat(fixed.remaining(NOW + 10)).isEqualTo(4);
    assertThat(fixed.spend(NOW + 10, 5)).isFalse();
    assertThat(fixed.spend(NOW + 10, 4)).isTrue();
  }

  @Test
  void aCounterThatRefusesIsLeftAlone() {
    counter.borrow(NOW, 2);
    assertThat(counter.refused(NOW, NOW, refused(1, 20))).isZero();

    assertThat(counter.refusedUntil(NOW + 1, 2)).isEqualTo(NOW + L / LeasedCounter.PROBES);
    assertThat(counter.refusedUntil(NOW + 1, 1)).isEqualTo(NOW + 1);
    assertThat(counter.refusedUntil(NOW + L / LeasedCounter.PROBES, 2))
        .isEqualTo(NOW + L / LeasedCounter.PROBES);
  }

  @Test
  void itIsLeftAloneForAsLongAsItSaysWhereExactlyWhatIsNeededWasRefused() {
    counter.borrow(NOW, 2);
    counter.refused(NOW, NOW, refused(1, 900));

    assertThat(counter.refusedUntil(NOW + 1, 2)).isEqualTo(NOW + 900);
  }

  @Test
  void itIsLeftAloneFromTheAnswerOnHoweverFarAwayItIs() {
    long answered = NOW + L / 2;
    counter.borrow(NOW, 2);
    counter.refused(NOW, answered, refused(1, 20));

    assertThat(counter.refusedUntil(answered, 2)).isEqualTo(answered + L / LeasedCounter.PROBES);
  }

  @Test
  void lessIsAskedForWhereSoMuchIsNotThereAndAtLastWhatIsNeeded() {
    counter.borrow(NOW, 1, 8);
    assertThat(counter.refused(NOW, NOW, refused(5, 20))).isEqualTo(5);
    assertThat(counter.refused(NOW, NOW, refused(4, 20))).isEqualTo(1);
    assertThat(counter.refused(NOW, NOW, refused(0, 20))).isZero();
    assertThat(counter.resetAfter(NOW + 1_000)).isEqualTo(4_000);
  }

  @Test
  void whatIsNeededIsAskedForOnceMoreIfItIsLeft() {
    counter.borrow(NOW, 2, 8);

    assertThat(counter.refused(NOW, NOW, refused(2, 20))).isEqualTo(2);
    assertThat(counter.refused(NOW, NOW, refused(2, 20))).isZero();
  }

  @Test
  void whatIsHereCountsWhereMoreIsRefused() {
    hold(4);
    counter.borrow(NOW, 6);
    counter.refused(NOW, NOW, refused(0, 20));

    assertThat(counter.refusedUntil(NOW, 6)).isEqualTo(NOW + 20);
    assertThat(counter.refusedUntil(NOW, 5)).isEqualTo(NOW);
  }

  /** When so much less would be granted is not told. */
  @ParameterizedTest
  @CsvSource({"1, 101, 100, 2", "1, 100, 100, 8", "8, 900, 900, 8"})
  void lessIsAskedForAfterAPauseWhereALargeBlockWouldTakeLonger(
      long cost, long retryAfter, long until, long next) {
    hold(1);
    counter.spend(NOW, 1);
    assertThat(counter.borrow(NOW, cost, 8)).isEqualTo(8);
    counter.refused(NOW, NOW, refused(0, retryAfter));

    assertThat(counter.refusedUntil(NOW, 8)).isEqualTo(NOW + until);
    assertThat(counter.borrow(NOW + until, 1)).isEqualTo(next);
  }

  @Test
  void aCounterThatIsEmptyAfterAGrantIsLeftAlone() {
    counter.borrow(NOW, 1);
    counter.granted(NOW, NOW + 1, granted(0, 5_000));
    counter.spend(NOW + 1, 1);

    assertThat(counter.refusedUntil(NOW + 1, 1)).isEqualTo(NOW + 1 + L / LeasedCounter.PROBES);
  }

  /** A bucket of one is full again in a millisecond: in a 16th of a second 62 permits would be lost. */
  @Test
  void whatABurstRefillsWhileItIsLeftAloneIsNotLost() {
    LeasedCounter small = new LeasedCounter(Policy.of(
            "small", Algorithm.GCRA, Limit.of(1_000, Duration.ofSeconds(1)).withBurst(1))
        .withLease(Lease.of(1, Duration.ofSeconds(1))));
    small.borrow(NOW, 1);
    small.granted(NOW, NOW, granted(0, 1_000));
    small.spend(NOW, 1);

    assertThat(small.refusedUntil(NOW, 1)).isEqualTo(NOW + 500);
  }

  @Test
  void theBlockGrowsWithTheDemandAndShrinksWithoutIt() {
    long now = NOW;
    for (long expected : new long[] {1, 2, 4, 8, 8}) {
      long amount = counter.borrow(now, 1);
      assertThat(amount).isEqualTo(expected);
      counter.granted(now, now, granted(100, 5_000));
      assertThat(counter.spend(now, amount)).isTrue();
    }
    counter.borrow(now, 1);
    counter.granted(now, now, granted(100, 5_000));
    now += L;

    assertThat(counter.borrow(now, 1)).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource({"599, 7", "600, 4"})
  void theBlockGrowsWhereItsSpentPartTookUnderHalfOfItsShareOfTheTime(long after, long next) {
    hold(4);
    counter.spend(NOW, 3);

    assertThat(counter.borrow(NOW + after, 2)).isEqualTo(next);
  }

  @ParameterizedTest
  @CsvSource({"3, 4", "4, 8"})
  void theBlockShrinksWhereMoreThanHalfOfItIsOverUnspent(long spent, long next) {
    fill(counter);
    counter.spend(NOW, spent);

    assertThat(counter.lapsed(NOW + L)).isEqualTo(8 - spent);
    assertThat(counter.borrow(NOW + L, 1)).isEqualTo(next);
  }

  @Test
  void leakyBucketsPermitsHaveTheirTurnOneAfterTheOther() {
    LeasedCounter leaky = new LeasedCounter(policy(Algorithm.LEAKY_BUCKET, 8));
    leaky.borrow(NOW, 8);
    leaky.granted(NOW, NOW + 10, granted(100, 5_000).delayedBy(3_000));

    assertThat(leaky.spendInTurn(NOW + 10, 1)).isEqualTo(3_000);
    assertThat(leaky.spendInTurn(NOW + 10, 2)).isEqualTo(4_000);
    assertThat(leaky.spendInTurn(NOW + 10, 1)).isEqualTo(6_000);
    assertThat(leaky.spendInTurn(NOW + 110, 1)).isEqualTo(6_900);
  }

  /** Its units leave one after the other, none of them before its permit's turn: the fourth has the second block's first. */
  @Test
  void aCostOfTwoBlocksWaitsForItsTurnsInBoth() {
    LeasedCounter leaky = new LeasedCounter(policy(Algorithm.LEAKY_BUCKET, 8));
    leaky.borrow(NOW, 8);
    leaky.granted(NOW, NOW, granted(100, 5_000));
    leaky.spendInTurn(NOW, 5);
    assertThat(leaky.borrowAhead(NOW)).isEqualTo(5);
    leaky.granted(NOW, NOW, granted(100, 5_000).delayedBy(20_000));

    assertThat(leaky.spendInTurn(NOW, 6)).isEqualTo(17_000);
  }

  /** One permit, three and four, the last of them much later. */
  @Test
  void aCostDoesNotWaitForTheTurnsOfABlockThatItNeedsNothingOf() {
    LeasedCounter leaky = new LeasedCounter(policy(Algorithm.LEAKY_BUCKET, 8));
    for (long[] block : new long[][] {{1, 0}, {3, 1_000}, {6, 20_000}}) {
      leaky.borrow(NOW, block[0]);
      leaky.granted(NOW, NOW, granted(100, 5_000).delayedBy(block[1]));
    }

    assertThat(leaky.spendInTurn(NOW, 4)).isZero();
    assertThat(leaky.spendInTurn(NOW, 1)).isEqualTo(20_000);
  }

  @Test
  void whatIsSpentWithOthersIsGivenBackWhereTheyDoNotAgree() {
    fill(counter);

    assertThat(counter.spendWith(NOW, 5, () -> false)).isNegative();
    assertThat(counter.remaining(NOW)).isEqualTo(8);
    assertThat(counter.spendWith(NOW, 5, () -> true)).isZero();
    assertThat(counter.remaining(NOW)).isEqualTo(3);
  }

  @Test
  void isForgottenOnlyWhenNothingIsHeldAskedForRefusedOrKnown() {
    fill(counter);
    assertThat(counter.holdsNothing(NOW)).isFalse();
    counter.spend(NOW, 8);
    assertThat(counter.holdsNothing(NOW)).isTrue();
    counter.borrow(NOW, 1);
    assertThat(counter.holdsNothing(NOW)).isFalse();
    counter.refused(NOW, NOW, refused(0, 20));
    assertThat(counter.holdsNothing(NOW)).isFalse();
    assertThat(counter.holdsNothing(NOW + 19)).isFalse();
    assertThat(counter.holdsNothing(NOW + 20)).isTrue();
    assertThat(counter.idle(NOW + 2 * L - 1)).isFalse();
    assertThat(counter.idle(NOW + 2 * L)).isTrue();
  }

  @Test
  void theSizeBeginsWithOneWhereNothingWasBorrowedInTheTimeOfTwoLeases() {
    fill(counter);
    counter.spend(NOW, 8);
    assertThat(counter.borrow(NOW + 2 * L - 1, 1)).isEqualTo(8);
    counter.failed();

    assertThat(counter.borrow(NOW + 2 * L, 1)).isEqualTo(1);
  }

  /** So it does not matter when, or whether, a counter is forgotten: served and simulated, the same is asked for. */
  @Property(tries = 5_000)
  void aNewOneDoesAsOneThatCanBeForgotten(@ForAll("steps") List<Step> steps) {
    LeasedCounter kept = new LeasedCounter(policy(Algorithm.GCRA, 8));
    LeasedCounter forgotten = new LeasedCounter(policy(Algorithm.GCRA, 8));
    long now = NOW;
    long asked = 0;
    long sent = 0;
    for (Step step : steps) {
      now += step.pass;
      if (forgotten.idle(now)) {
        forgotten = new LeasedCounter(policy(Algorithm.GCRA, 8));
      }
      if (asked > 0 && step.what < 6) {
        long more = answered(kept, step, sent, now);
        assertThat(answered(forgotten, step, sent, now)).isEqualTo(more);
        asked = more;
        sent = now;
      } else if (asked == 0 && step.what < 4) {
        asked = kept.borrow(now, step.cost, step.cost + step.what);
        assertThat(forgotten.borrow(now, step.cost, step.cost + step.what)).isEqualTo(asked);
        sent = now;
      } else {
        assertThat(forgotten.spend(now, step.cost)).isEqualTo(kept.spend(now, step.cost));
        if (asked == 0) {
          asked = kept.borrowAhead(now);
          assertThat(forgotten.borrowAhead(now)).isEqualTo(asked);
          sent = now;
        }
      }
      assertThat(forgotten.remaining(now)).isEqualTo(kept.remaining(now));
      assertThat(forgotten.refusedUntil(now, 1)).isEqualTo(kept.refusedUntil(now, 1));
    }
  }

  private static long answered(LeasedCounter counter, Step step, long sent, long now) {
    switch (step.what) {
      case 0, 1, 2 -> counter.granted(sent, now, granted(step.cost, 5_000));
      case 3, 4 -> {
        return counter.refused(sent, now, refused(step.cost - 1, 100));
      }
      default -> counter.failed();
    }
    return 0;
  }

  /** The largest that a limit accepts. */
  @Test
  void theLargestNumbersDoNotOverflow() {
    Limit largest = new Limit(838_861, Limit.MAX_WINDOW_MICROS, 838_861);
    LeasedCounter leaky = new LeasedCounter(Policy.of("largest", Algorithm.LEAKY_BUCKET, largest)
        .withLease(new Lease(838_861, Limit.MAX_WINDOW_MICROS)));
    long now = 1L << 52;
    leaky.borrow(now, 838_861);
    leaky.granted(now, now, granted(0, Limit.MAX_WINDOW_MICROS));

    assertThat(leaky.spendInTurn(now, 838_860)).isZero();
    assertThat(leaky.spendInTurn(now, 1)).isBetween(0L, Limit.MAX_WINDOW_MICROS);
    assertThat(leaky.resetAfter(now)).isEqualTo(Limit.MAX_WINDOW_MICROS);
  }

  record Step(int what, long cost, long pass) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 7),
            Arbitraries.longs().between(1, 8),
            Arbitraries.of(0L, 1L, 7L, 100L, L / 2, L))
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }

  /** Whatever is asked, granted, refused and lost: unspent and asked for are together at most b, and no block outlives its end. */
  @Property(tries = 2_000)
  void neverHoldsOrAsksForMoreThanTheMost(@ForAll("steps") List<Step> steps) {
    LeasedCounter own = new LeasedCounter(policy(Algorithm.SLIDING_WINDOW_LOG, 8));
    long now = NOW;
    long asked = 0;
    long sent = 0;
    long latest = Long.MIN_VALUE;
    long granted = 0;
    long spent = 0;
    for (Step step : steps) {
      now += step.pass;
      switch (step.what) {
        case 0, 1 -> {
          if (asked == 0) {
            asked = step.what == 0 ? own.borrow(now, step.cost) : own.borrowAhead(now);
            sent = now;
          } else {
            assertThat(own.borrow(now, step.cost)).isZero();
          }
        }
        case 2, 3 -> {
          if (asked > 0) {
            own.granted(sent, now, granted(step.cost - 1, 5_000));
            granted += asked;
            latest = sent;
            asked = 0;
          }
        }
        case 4 -> {
          if (asked > 0) {
            long less = own.refused(sent, now, refused(step.cost - 1, 100));
            assertThat(less).isLessThan(asked);
            asked = less;
            sent = now;
          }
        }
        case 5 -> {
          if (asked > 0) {
            own.failed();
            asked = 0;
          }
        }
        default -> spent += own.spend(now, step.cost) ? step.cost : 0;
      }
      assertThat(own.remaining(now) + asked).isBetween(0L, 8L);
      assertThat(granted - spent - own.lapsed(now)).isEqualTo(own.remaining(now));
      if (now >= latest + L) {
        assertThat(own.remaining(now)).isZero();
      }
    }
  }

  /** With a small block the rest of a cost is often of one that others spend already. */
  @ParameterizedTest
  @ValueSource(longs = {3, 1_000})
  void threadsTogetherSpendWhatWasBorrowedAndNoMore(long most) throws Exception {
    LeasedCounter many = new LeasedCounter(policy(Algorithm.GCRA, most));
    AtomicLong borrowed = new AtomicLong();
    List<Long> spent = Threads.together(4, thread -> {
      long sum = 0;
      for (int i = 0; i < 20_000; i++) {
        long cost = 1L + i % 3;
        if (thread == 0 && i % 2 == 0) {
          many.spendWith(NOW, cost, () -> false);
        } else if (many.spend(NOW, cost)) {
          sum += cost;
        } else {
          long amount = many.borrow(NOW, cost);
          if (amount > 0) {
            assertThat(amount + many.remaining(NOW)).isLessThanOrEqualTo(most);
            borrowed.addAndGet(amount);
            many.granted(NOW, NOW, granted(1_000, 5_000));
          }
        }
      }
      return List.of(sum);
    });

    long sum = spent.stream().mapToLong(Long::longValue).sum();
    assertThat(sum + many.remaining(NOW)).isEqualTo(borrowed.get());
  }

  @Test
  void aHugeCostIsNotThere() {
    fill(counter);
    assertThat(counter.spend(NOW, 1)).isTrue();

    assertThat(counter.spend(NOW, Long.MAX_VALUE)).isFalse();
    assertThat(counter.remaining(NOW)).isEqualTo(7);
  }

  /** It gives back what it has in hand: so who comes meanwhile waits for its end. */
  @ParameterizedTest
  @EnumSource(names = {"GCRA", "LEAKY_BUCKET"})
  void whatAJointRequestDoesNotGetIsThereForOthers(Algorithm algorithm) throws Exception {
    LeasedCounter near = new LeasedCounter(policy(algorithm, 8));
    assertThat(near.borrow(NOW, 1)).isEqualTo(1);
    near.granted(NOW, NOW, granted(0, 5_000));
    ExecutorService threads = Executors.newSingleThreadExecutor();
    try {
      AtomicReference<Thread> asking = new AtomicReference<>();
      AtomicReference<Future<Boolean>> other = new AtomicReference<>();

      long joint = near.spendWith(NOW, 1, () -> {
        other.set(threads.submit(() -> {
          asking.set(Thread.currentThread());
          return algorithm == Algorithm.GCRA ? near.spend(NOW, 1) : near.spendInTurn(NOW, 1) >= 0;
        }));
        while (!other.get().isDone()
            && (asking.get() == null || asking.get().getState() != Thread.State.BLOCKED)) {
          Thread.onSpinWait();
        }
        return false;
      });

      assertThat(joint).isNegative();
      assertThat(other.get().get()).isTrue();
    } finally {
      threads.shutdown();
    }
  }
}
