package dev.ratelab.limiter.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.factory.RateLimiters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class LeasedRateLimiterTest {
  private static final long SECOND = 1_000_000;

  private static final Policy HUNDRED = Policy.of(
          "hundred", Algorithm.GCRA, Limit.of(100, Duration.ofSeconds(100)))
      .withLease(Lease.of(8, Duration.ofSeconds(10)));

  private final ManualTime time = new ManualTime(1_000 * SECOND);
  private final Lender lender = new Lender(time);
  private final LeasedRateLimiter limiter =
      RateLimiters.leased(lender, RequestDecision::undecided, time);

  private RequestDecision check(Policy policy, long cost) {
    return limiter.check(Request.of(policy, "key", cost));
  }

  @Test
  void admitsNoMoreThanTheLimitAndAsksSeldom() {
    long admitted = 0;
    for (int i = 0; i < 1_000; i++) {
      admitted += check(HUNDRED, 1).allowed() ? 1 : 0;
    }

    assertThat(admitted).isEqualTo(100);
    assertThat(lender.asked).hasSizeLessThan(25);
    assertThat(lender.asked).allMatch(each -> each.cost() <= 8);
    assertThat(limiter.admittedHere() + limiter.deniedHere()).isEqualTo(1_000);
    assertThat(limiter.borrowed()).isEqualTo(100);
    assertThat(limiter.asked()).isEqualTo(lender.asked.size());
  }

  @Test
  void whatIsHeldIsOverAfterTheLeasesTimeFromBeforeItWasAskedFor() {
    check(HUNDRED.withLease(Lease.of(50, Duration.ofSeconds(10))), 10);
    lender.keepsAnswers();
    Policy ten = HUNDRED.withLease(Lease.of(50, Duration.ofSeconds(10)));
    CompletionStage<RequestDecision> answer = limiter.checkAsync(Request.of(ten, "key", 10));
    time.advance(10 * SECOND);
    lender.answers();

    assertThat(answer).isCompleted();
    assertThat(limiter.lapsed()).isPositive();
  }

  @Test
  void manyAtOnceMakeOneBorrow() {
    lender.keepsAnswers();
    List<CompletableFuture<RequestDecision>> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      answers.add(limiter.checkAsync(Request.of(HUNDRED, "key", 1)).toCompletableFuture());
    }
    assertThat(lender.asked).hasSize(1);

    lender.answers();

    assertThat(answers).allMatch(each -> each.join().allowed());
    assertThat(lender.asked).extracting(Request::cost).startsWith(1L, 8L).hasSizeLessThan(4);
  }

  @Test
  void theFailurePolicyOfTheRequestAnswersWhereABorrowFails() {
    Policy open = HUNDRED.onFailure(FailurePolicy.FAIL_OPEN);
    lender.isAway(FailureReason.UNAVAILABLE);

    Decision decision = check(open, 1).decision();

    assertThat(decision.decidedBy()).isEqualTo(FailurePolicy.FAIL_OPEN);
    assertThat(decision.because()).isEqualTo(FailureReason.UNAVAILABLE);
    assertThat(lender.asked.get(0).policies().get(0).policy().onFailure())
        .isEqualTo(FailurePolicy.FAIL_CLOSED);
    assertThat(limiter.borrowed()).isZero();
  }

  @Test
  void whatIsHeldIsSpentWhileTheBackendIsAway() {
    for (int i = 0; i < 4; i++) {
      check(HUNDRED, 1);
    }
    lender.isAway(FailureReason.UNAVAILABLE);
    long held = limiter.borrowed() - limiter.admittedHere();

    assertThat(held).isPositive();
    for (int i = 0; i < held; i++) {
      assertThat(check(HUNDRED, 1).decision().decidedBy()).isNull();
    }
    assertThat(check(HUNDRED, 1).allowed()).isFalse();
  }
}
