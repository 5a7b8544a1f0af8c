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
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.Threads;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.failure.Guard;
import dev.ratelab.limiter.failure.GuardedRateLimiter;
import dev.ratelab.limiter.memory.KeyHash;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

  private CompletableFuture<RequestDecision> async(Policy policy, long cost) {
    return limiter.checkAsync(Request.of(policy, "key", cost)).toCompletableFuture();
  }

  /** Of whom the answer does not matter. */
  private void asks(Policy policy) {
    var unused = async(policy, 1);
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

  /** The answer takes as long as the lease: what came with it is over. */
  @Test
  void aLeaseCountsFromBeforeItWasAskedFor() {
    lender.keepsAnswers();
    CompletableFuture<RequestDecision> answer = async(HUNDRED, 4);
    time.advance(10 * SECOND);
    lender.answers();

    assertThat(answer.join().allowed()).isFalse();
    assertThat(limiter.lapsed()).isEqualTo(limiter.borrowed()).isPositive();
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
  void whoWaitsForMoreThanThereIsDoesNotAskInVain() {
    lender.keepsAnswers();
    List<CompletableFuture<RequestDecision>> answers = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      answers.add(limiter.checkAsync(Request.of(HUNDRED, "key", 1)).toCompletableFuture());
    }

    for (int roundTrips = 0; roundTrips < 5; roundTrips++) {
      lender.answersThoseKept();
    }
    lender.answers();

    assertThat(answers).filteredOn(each -> each.join().allowed()).hasSizeBetween(100 - 8, 100);
    assertThat(lender.asked).hasSizeLessThan(150);
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

  @Test
  void aFailurePolicysAnswerIsNoBlockThoughTheBackendTakesItForOne() {
    Policy open = HUNDRED.onFailure(FailurePolicy.FAIL_OPEN);
    lender.isAway(FailureReason.DEADLINE);
    for (int i = 0; i < 10; i++) {
      check(open, 1);
    }
    lender.isAway(null);

    assertThat(limiter.borrowed()).isZero();
    assertThat(limiter.admittedHere()).isZero();
  }

  @Test
  void whoAnswersInPlaceOfTheBackendGivesNoBlock() {
    LeasedRateLimiter own = RateLimiters.leased(
        request -> CompletableFuture.completedFuture(RequestDecision.of(
            "policy", Decision.undecided(100, FailurePolicy.FAIL_OPEN, FailureReason.DEADLINE))),
        RequestDecision::undecided,
        time);

    assertThat(own.check(Request.of(HUNDRED, "key", 1)).allowed()).isFalse();
    assertThat(own.borrowed()).isZero();
  }

  @Test
  void threadsThatComeAtOnceHaveOneCounterForAKey() throws Exception {
    Borrowers borrowers = new Borrowers(10_000);
    LeasedPolicy policy = new LeasedPolicy(HUNDRED, KeyHash.random());
    List<Borrower> made = Threads.together(
        4,
        thread -> Stream.iterate(1L, i -> i + 1)
            .limit(2_000)
            .map(i -> borrowers.findOrMake(new Hashed(i, i), policy, time.micros()))
            .peek(each -> each.counter.borrow(time.micros(), 1))
            .toList());

    assertThat(new HashSet<>(made)).hasSize(2_000);
    assertThat(borrowers.size()).isEqualTo(2_000);
  }

  @Test
  void theLocalShareAnswersWhereABorrowFails() {
    GuardedRateLimiter guarded =
        RateLimiters.guarded(lender, new Guard(10, 100, () -> false), time);
    LeasedRateLimiter own = RateLimiters.leased(guarded, time);
    Policy local = HUNDRED.onFailure(FailurePolicy.LOCAL);
    lender.isAway(FailureReason.UNAVAILABLE);

    List<Decision> decisions = Stream.generate(
            () -> own.check(Request.of(local, "key", 1)).decision())
        .limit(20)
        .toList();

    assertThat(decisions).filteredOn(Decision::allowed).hasSize(10);
    assertThat(decisions).extracting(Decision::decidedBy).containsOnly(FailurePolicy.LOCAL);
  }

  @Test
  void whoWaitsForABorrowThatFailsIsAnsweredByTheFailurePolicies() {
    Lender late = lender;
    late.isAway(FailureReason.DEADLINE);
    late.keepsAnswers();
    List<CompletableFuture<RequestDecision>> answers = Stream.generate(
            () -> async(HUNDRED.onFailure(FailurePolicy.FAIL_OPEN), 1))
        .limit(5)
        .toList();
    late.answers();

    assertThat(late.asked).hasSize(1);
    assertThat(answers)
        .allMatch(each -> each.join().decision().because() == FailureReason.DEADLINE);
    assertThat(answers).allMatch(each -> each.join().allowed());
  }

  /** What is asked for them later has what is left of their deadline, in eighths, or nothing is asked. */
  @Test
  void whoHasWaitedAsksWithWhatIsLeftOfItsDeadline() {
    lender.keepsAnswers();
    asks(HUNDRED);
    CompletableFuture<RequestDecision> second = async(HUNDRED, 8);
    time.advance(100_000);
    lender.answers();

    assertThat(second.join().allowed()).isTrue();
    assertThat(lender.asked.get(0).deadline())
        .isEqualTo(Duration.ofMillis(250).multipliedBy(7).dividedBy(8));
    assertThat(lender.asked.get(1).deadline()).isEqualTo(Duration.ofMillis(125));
  }

  /** Threads read the clock in another order than they come here. */
  @Test
  void whoCameALittleBeforeTheBorrowWaitsForItToo() {
    lender.keepsAnswers();
    time.advance(30_000);
    asks(HUNDRED);
    time.advance(-30_000);
    asks(HUNDRED);

    assertThat(lender.asked).hasSize(1);
  }

  @Test
  void whoHasWaitedForItsDeadlineIsAnsweredByTheFailurePolicies() {
    lender.keepsAnswers();
    asks(HUNDRED);
    CompletableFuture<RequestDecision> second = async(HUNDRED, 8);
    time.advance(240_000);
    lender.answers();

    assertThat(second.join().decision().because()).isEqualTo(FailureReason.DEADLINE);
    assertThat(lender.asked).hasSize(1);
  }

  @Test
  void whoseDeadlineEndsBeforeTheBorrowsAsksByItself() {
    lender.keepsAnswers();
    asks(HUNDRED);
    asks(HUNDRED.withDeadline(Duration.ofMillis(10)));

    assertThat(lender.asked).hasSize(2);
    assertThat(lender.asked.get(1).deadline()).isEqualTo(Duration.ofMillis(10));
    assertThat(lender.asked.get(1).policies().get(0).policy().lease()).isNotNull();
  }

  @Test
  void whatIsNotLeasedOrLargerThanTheLeaseIsAskedAsItIs() {
    Policy none = HUNDRED.withLease(null);
    Request larger = Request.of(HUNDRED, "key", 9);
    Request mixed = joint(HUNDRED, named("other", 100).withLease(null));
    limiter.check(Request.of(none, "key", 1));
    limiter.check(larger);
    limiter.check(mixed);

    assertThat(lender.asked).containsExactly(Request.of(none, "key", 1), larger, mixed);
    assertThat(limiter.counters()).isZero();
  }

  @Test
  void aDenialTellsWhenItIsAskedAgain() {
    check(HUNDRED.withLease(null), 100);
    Decision first = check(HUNDRED, 1).decision();
    int asked = lender.asked.size();

    assertThat(first.allowed()).isFalse();
    assertThat(first.retryAfterMicros()).isEqualTo(SECOND);
    time.advance(SECOND - 1);
    assertThat(check(HUNDRED, 1).decision().retryAfterMicros()).isEqualTo(1);
    assertThat(lender.asked).hasSize(asked);
    time.advance(1);
    assertThat(check(HUNDRED, 1).allowed()).isTrue();
  }

  /** What remains in truth is never less. */
  @Test
  void remainingIsALowerBound() {
    for (int i = 0; i < 60; i++) {
      Decision decision = check(HUNDRED, 1).decision();

      assertThat(decision.allowed()).isTrue();
      assertThat(decision.limit()).isEqualTo(100);
      assertThat(decision.remaining()).isLessThanOrEqualTo(99 - i);
      assertThat(decision.resetAfterMicros()).isLessThanOrEqualTo((i + 8) * SECOND);
    }
  }

  @Test
  void tenantsAndKeysHaveCountersOfTheirOwnAndATenantOneForAllItsKeys() {
    ScopedPolicy perTenant = ScopedPolicy.perTenant(named("per-tenant", 1));
    ScopedPolicy perKey = ScopedPolicy.perKey(named("per-key", 1));
    for (String tenant : List.of("a", "b")) {
      for (String key : List.of("a", "b")) {
        assertThat(allows(tenant, key, perTenant)).isEqualTo(key.equals("a"));
        assertThat(allows(tenant, key, perKey)).isTrue();
        assertThat(allows(tenant, key, perKey)).isFalse();
      }
    }
    assertThat(allows(null, "a", perKey)).isTrue();
  }

  private boolean allows(@Nullable String tenant, String key, ScopedPolicy policy) {
    return limiter.check(new Request(tenant, key, 1, List.of(policy))).allowed();
  }

  private static Policy named(String name, long permits) {
    return Policy.of(name, Algorithm.GCRA, Limit.of(permits, Duration.ofSeconds(100)))
        .withLease(Lease.of(Math.min(8, permits), Duration.ofSeconds(10)));
  }

  private static Request joint(Policy... policies) {
    return new Request(
        null, "key", 1, Stream.of(policies).map(ScopedPolicy::perKey).toList());
  }

  /** All admit or none is charged, whoever lacks. */
  @Test
  void ofSeveralPoliciesAllAreSpentOrNone() {
    Policy few = named("few", 10);
    long admitted = 0;
    for (int i = 0; i < 200; i++) {
      RequestDecision made = limiter.check(joint(HUNDRED, few));
      admitted += made.allowed() ? 1 : 0;
      assertThat(made.policies()).hasSize(2);
    }
    assertThat(admitted).isLessThanOrEqualTo(10).isGreaterThanOrEqualTo(2);
    assertThat(limiter.admittedHere()).isPositive();
    assertThat(limiter.deniedHere()).isPositive();
    long others = 0;
    while (check(HUNDRED, 1).allowed()) {
      others++;
    }
    long ofFew = limiter.borrowed() - limiter.admittedHere();
    assertThat(admitted + others).isEqualTo(100);
    assertThat(ofFew).isLessThanOrEqualTo(110);
  }

  @Test
  void whereOneIsRefusedTheOthersTellOfTheirCounterAsItStands() {
    Policy one = named("one", 1);
    while (limiter.check(joint(HUNDRED, one)).allowed()) {}

    RequestDecision made = limiter.check(joint(HUNDRED, one));

    assertThat(made.deniedBy()).isEqualTo("one");
    assertThat(made.policies().get(0).decision().allowed()).isTrue();
    assertThat(made.policies().get(1).decision().retryAfterMicros()).isPositive();
    assertThat(limiter.deniedHere()).isPositive();
  }

  @Test
  void aPolicyInShadowNeverDeniesAndIsChargedWhereItAdmits() {
    ScopedPolicy shadow = ScopedPolicy.perKey(named("one", 1)).withShadow(true);
    ScopedPolicy enforced = ScopedPolicy.perKey(HUNDRED);
    for (int i = 0; i < 50; i++) {
      RequestDecision made = limiter.check(new Request(null, "key", 1, List.of(enforced, shadow)));
      assertThat(made.allowed()).isTrue();
      assertThat(made.policies().get(1).shadow()).isTrue();
      assertThat(made.policies().get(1).decision().allowed()).isEqualTo(i == 0);
    }
    long others = 0;
    while (limiter.check(new Request(null, "key", 1, List.of(enforced, shadow))).allowed()) {
      others++;
    }
    assertThat(others).isEqualTo(50);
    for (int i = 0; i < 5; i++) {
      RequestDecision alone = limiter.check(Request.of(shadow, "other", 1));
      assertThat(alone.allowed()).isTrue();
      assertThat(alone.policies().get(0).decision().allowed()).isEqualTo(i == 0);
    }
    assertThat(limiter.admittedHere()).isPositive();
  }

  @Test
  void ofALeakyBucketTheDelayIsThatOfTheTurn() {
    Policy leaky = Policy.of(
            "leaky", Algorithm.LEAKY_BUCKET, Limit.of(100, Duration.ofSeconds(100)))
        .withLease(Lease.of(8, Duration.ofSeconds(10)));
    for (int i = 0; i < 50; i++) {
      assertThat(check(leaky, 1).decision().delayMicros()).isEqualTo(i * SECOND);
    }
    assertThat(lender.asked).hasSizeLessThan(20);
  }

  @Test
  void countersOfWhichNothingIsHeldAreForgotten() {
    for (int i = 0; i < 10_000; i++) {
      limiter.check(Request.of(HUNDRED, "key " + i, 1));
      time.advance(SECOND);
    }

    assertThat(limiter.counters()).isLessThan(100);
  }

  /** Of the others it is known for two leases' time how often they are asked for. */
  @Test
  void countersOfWhichNothingIsHeldGiveWayWhereThereAreTooMany() {
    LeasedRateLimiter small =
        LeasedRateLimiter.of(lender, RequestDecision::undecided, time, 10, KeyHash.random());
    for (int i = 0; i < 1_000; i++) {
      small.check(Request.of(HUNDRED, "key " + i, 1));
      assertThat(small.counters()).isLessThanOrEqualTo(10);
    }

    for (int j = 0; j < 8; j++) {
      small.check(Request.of(HUNDRED, "often", 1));
    }

    assertThat(small.asked()).isLessThan(1_008);
    assertThat(small.counters()).isBetween(7, 10);
  }

  @Test
  void countersOfWhichSomethingIsHeldAreForgottenWhenThatIsOver() {
    for (int i = 0; i < 1_000; i++) {
      for (int j = 0; j < 2; j++) {
        limiter.check(Request.of(HUNDRED, "key " + i, 1));
      }
    }
    assertThat(limiter.counters()).isGreaterThan(900);

    time.advance(20 * SECOND);
    for (int i = 0; i < 1_000; i++) {
      limiter.check(Request.of(HUNDRED, "other " + i, 1));
      time.advance(SECOND);
    }

    assertThat(limiter.counters()).isLessThan(100);
    assertThat(limiter.borrowed()).isEqualTo(limiter.admittedHere() + limiter.lapsed());
  }

  @Test
  void beyondTheMostCountersARequestIsAskedAsItIs() {
    LeasedRateLimiter small =
        LeasedRateLimiter.of(lender, RequestDecision::undecided, time, 10, KeyHash.random());
    for (int i = 0; i < 20; i++) {
      for (int j = 0; j < 2; j++) {
        assertThat(small.check(Request.of(HUNDRED, "key " + i, 1)).allowed()).isTrue();
      }
    }

    assertThat(small.counters()).isEqualTo(10);
    assertThat(lender.asked).contains(Request.of(HUNDRED, "key 19", 1));
  }

  /** Never two of one counter: the second lease begins when nothing of the first is left. */
  @Test
  void anotherLeaseOfACounterBeginsWhenNothingOfTheFirstIsHeld() {
    check(HUNDRED, 1);
    check(HUNDRED, 1);
    Policy changed = HUNDRED.withLease(Lease.of(2, Duration.ofSeconds(1)));
    long admitted = 2;
    for (int i = 0; i < 150; i++) {
      admitted += check(changed, 1).allowed() ? 1 : 0;
    }

    assertThat(admitted).isEqualTo(100);
    assertThat(lender.asked.subList(3, lender.asked.size())).allMatch(each -> each.cost() <= 2);
    assertThat(limiter.counters()).isEqualTo(1);
    assertThat(limiter.lapsed()).isZero();
  }

  @Test
  void whatIsNotDecidedHereIsOneBatch() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      requests.add(Request.of(HUNDRED, "key", 1));
      requests.add(Request.of(HUNDRED, "other", 1));
      requests.add(Request.of(HUNDRED.withLease(null), "key", 1));
    }
    List<CompletionStage<RequestDecision>> answers = limiter.checkAll(requests);

    assertThat(answers)
        .hasSize(15)
        .allMatch(each -> each.toCompletableFuture().join().allowed());
    assertThat(lender.batches).containsExactly(7);
  }

  @Test
  void aBatchIsDecidedInItsOrder() {
    check(HUNDRED.withLease(null), 95);
    List<Request> requests = new ArrayList<>();
    for (long cost : new long[] {1, 2, 8, 1, 1}) {
      requests.add(Request.of(HUNDRED, "key", cost));
    }

    assertThat(limiter.checkAll(requests))
        .extracting(each -> each.toCompletableFuture().join().allowed())
        .containsExactly(true, true, false, true, true);
  }

  /** Three are held and two remain: they are the first one's. */
  @Test
  void whatIsHeldIsNotSpentByWhoCameLaterInABatch() {
    for (int i = 0; i < 4; i++) {
      check(HUNDRED, 1);
    }
    assertThat(limiter.borrowed()).isEqualTo(7);
    check(HUNDRED.withLease(null), 91);

    assertThat(
            limiter.checkAll(List.of(Request.of(HUNDRED, "key", 5), Request.of(HUNDRED, "key", 1))))
        .extracting(each -> each.toCompletableFuture().join().allowed())
        .containsExactly(true, false);
  }

  @Test
  void aBatchThatIsNotAnsweredLeavesNoBorrowUnderWay() {
    LeasedRateLimiter broken = RateLimiters.leased(
        request -> {
          throw new IllegalStateException("planted");
        },
        RequestDecision::undecided,
        time);
    List<Request> requests = List.of(
        Request.of(HUNDRED, "key", 1),
        Request.of(HUNDRED, "key", 1),
        joint(HUNDRED, named("o", 9)));

    for (int i = 0; i < 2; i++) {
      List<CompletionStage<RequestDecision>> answers = broken.checkAll(requests);
      assertThat(answers.get(0).toCompletableFuture().join().allowed()).isFalse();
      assertThat(answers.get(1).toCompletableFuture().join().allowed()).isFalse();
      assertThat(answers.get(2)).isCompletedExceptionally();
    }
    assertThat(broken.check(Request.of(HUNDRED, "key", 1)).decision().because())
        .isEqualTo(FailureReason.UNAVAILABLE);
  }

  /** Threads on a few keys and on joint requests: nobody hangs, and the limit holds for each. */
  @Test
  void threadsTogetherAreNeverAdmittedMoreThanTheLimit() throws Exception {
    Policy thousand = named("thousand", 1_000);
    List<String> admitted = Threads.together(4, thread -> {
      List<String> own = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        String key = "key " + i % 3;
        boolean both = i % 5 == 0;
        List<ScopedPolicy> policies = Stream.of(HUNDRED, thousand)
            .skip(both ? 0 : 1)
            .map(ScopedPolicy::perKey)
            .sorted(Comparator.comparing(each -> thread % 2 == 0 ? each.name() : ""))
            .toList();
        if (limiter.check(new Request(null, key, 1, policies)).allowed()) {
          own.add("thousand " + key);
          if (both) {
            own.add("hundred " + key);
          }
        }
      }
      return own;
    });

    Map<String, Long> counts =
        admitted.stream().collect(Collectors.groupingBy(each -> each, Collectors.counting()));
    for (int i = 0; i < 3; i++) {
      assertThat(counts.get("thousand key " + i)).isBetween(900L, 1_000L);
      assertThat(counts.getOrDefault("hundred key " + i, 0L)).isLessThanOrEqualTo(100);
    }
  }
}
