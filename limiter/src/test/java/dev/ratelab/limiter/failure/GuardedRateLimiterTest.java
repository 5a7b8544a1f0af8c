package dev.ratelab.limiter.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.factory.RateLimiters;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class GuardedRateLimiterTest {
  private static final ScopedPolicy CLOSED = policy("closed", 10, FailurePolicy.FAIL_CLOSED);
  private static final ScopedPolicy OPEN = policy("open", 10, FailurePolicy.FAIL_OPEN);
  private static final ScopedPolicy LOCAL = policy("local", 10, FailurePolicy.LOCAL);

  private final ManualTime time = new ManualTime(1_800_000_000_000_000L);
  private final ScriptedBackend backend = new ScriptedBackend();
  private GuardedRateLimiter limiter = guarded(Guard.defaults());

  private static ScopedPolicy policy(String name, long permits, FailurePolicy onFailure) {
    return ScopedPolicy.perKey(
        Policy.of(name, Algorithm.FIXED_WINDOW, Limit.of(permits, Duration.ofDays(1)))
            .onFailure(onFailure));
  }

  private GuardedRateLimiter guarded(Guard guard) {
    return RateLimiters.guarded(backend, guard, time);
  }

  private static Request request(long cost, ScopedPolicy... policies) {
    return new Request(null, "a", cost, List.of(policies));
  }

  private Decision check(ScopedPolicy... policies) {
    return limiter.check(request(1, policies)).decision();
  }

  private CompletableFuture<RequestDecision> asking(ScopedPolicy policy) {
    return limiter.checkAsync(request(1, policy)).toCompletableFuture();
  }

  private void breaks() {
    backend.answers(ScriptedBackend.IS_LATE);
    for (int i = 0; i < GuardedRateLimiter.FAILURES; i++) {
      assertThat(check(CLOSED).because()).isEqualTo(FailureReason.DEADLINE);
    }
    assertThat(limiter.breaker()).isEqualTo("open");
    backend.asked = 0;
  }

  /** Before that it takes its own slowness for no queue. */
  private void isWarm() {
    for (int i = 0; i < BackendQueue.COLD_ANSWERS; i++) {
      check(CLOSED);
    }
    time.advance(1_000_000);
  }

  private void waits() {
    time.advance(GuardedRateLimiter.OPEN.toNanos() / 1_000 + 1);
  }

  @Test
  void whatTheBackendDecidesIsPassedOn() {
    assertThat(check(CLOSED)).isEqualTo(Decision.allow(10, 9, 100));
    backend.answers(ScriptedBackend.DENIES);
    assertThat(asking(CLOSED).join().decision()).isEqualTo(Decision.deny(10, 0, 50, 100));
    assertThat(limiter.inFlight()).isZero();
  }

  /** Requests that the backend answers without being asked are no sign of life. */
  @Test
  void whatIsNotAskedNeverClosesTheBreaker() {
    breaks();
    waits();
    ScopedPolicy shadow = CLOSED.withShadow(true);
    for (int i = 0; i < GuardedRateLimiter.PROBES; i++) {
      limiter.check(request(11, shadow));
      limiter.checkAsync(request(11, shadow)).toCompletableFuture().join();
    }

    assertThat(limiter.breaker()).isNotEqualTo("closed");
    assertThat(limiter.inFlight()).isZero();
  }

  /** The share may change while requests are answered from it. */
  @Test
  void aShareThatChangesMeanwhileNeverFailsARequest() throws InterruptedException {
    backend.answers(ScriptedBackend.IS_LATE);
    AtomicBoolean stop = new AtomicBoolean();
    Thread changing = new Thread(() -> {
      for (int i = 0; !stop.get(); i++) {
        limiter.shareAmong(i % 2 == 0 ? 1 : 5);
      }
    });
    changing.start();
    try {
      for (int i = 0; i < 100_000; i++) {
        assertThat(check5(LOCAL).because()).isNotNull();
      }
    } finally {
      stop.set(true);
      changing.join();
    }
  }

  private Decision check5(ScopedPolicy policy) {
    return limiter.check(request(5, policy)).decision();
  }

  @Test
  void denialsNeverOpenTheBreaker() {
    backend.answers(ScriptedBackend.DENIES);
    for (int i = 0; i < 10 * GuardedRateLimiter.WINDOW; i++) {
      assertThat(check(CLOSED).because()).isNull();
    }
    assertThat(limiter.breaker()).isEqualTo("closed");
  }

  @Test
  void aBackendThatFailsOftenIsAskedNoMoreAndAnsweredForAtOnce() {
    breaks();

    assertThat(check(CLOSED))
        .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.BREAKER_OPEN));
    assertThat(asking(OPEN).getNow(null).decision())
        .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.BREAKER_OPEN));
    assertThat(backend.asked).isZero();
  }

  @Test
  void fewFailuresAmongManyAnswersDoNotOpenIt() {
    for (int i = 0; i < 200; i++) {
      backend.answers(i % 3 == 0 ? ScriptedBackend.IS_LATE : ScriptedBackend.ADMITS);
      assertThat(check(CLOSED).because()).isNotEqualTo(FailureReason.BREAKER_OPEN);
    }
    assertThat(limiter.breaker()).isEqualTo("closed");
  }

  @Test
  void afterAWhileAFewAreSentAndIfTheyAreAnsweredAllAre() {
    breaks();
    backend.keepsSilent();
    time.advance(GuardedRateLimiter.OPEN.toNanos() / 1_000 - 1);
    assertThat(check(CLOSED).because()).isEqualTo(FailureReason.BREAKER_OPEN);
    time.advance(2);

    List<CompletableFuture<RequestDecision>> probes =
        List.of(asking(CLOSED), asking(CLOSED), asking(CLOSED));
    assertThat(probes).hasSize(GuardedRateLimiter.PROBES);
    assertThat(limiter.breaker()).isEqualTo("half-open");
    assertThat(check(CLOSED).because()).isEqualTo(FailureReason.BREAKER_OPEN);
    probes.forEach(probe -> backend.answersTheOldest(ScriptedBackend.ADMITS));

    assertThat(probes).allMatch(probe -> probe.join().decision().because() == null);
    assertThat(limiter.breaker()).isEqualTo("closed");
    backend.answers(ScriptedBackend.ADMITS);
    assertThat(check(CLOSED).because()).isNull();
  }

  /** A policy's own deadline, that no backend could hold, keeps nobody else from it. */
  @Test
  void aDeadlineThatIsAlwaysMissedOpensNobodyElsesBreaker() {
    ScopedPolicy hasty = ScopedPolicy.perKey(CLOSED.policy().withDeadline(Duration.ofNanos(1_000)));
    for (int i = 0; i < 10 * GuardedRateLimiter.WINDOW; i++) {
      backend.answers(ScriptedBackend.IS_LATE);
      check(hasty);
      backend.answers(ScriptedBackend.ADMITS);
      assertThat(check(OPEN, LOCAL).because()).isNull();
      time.advance(10_000);
    }
    backend.asked = 0;

    assertThat(check(hasty).because()).isEqualTo(FailureReason.BREAKER_OPEN);
    assertThat(check(hasty, OPEN).because())
        .as("the shortest counts")
        .isEqualTo(FailureReason.BREAKER_OPEN);
    assertThat(backend.asked).isZero();
    assertThat(limiter.breaker()).isEqualTo("open");
  }

  /** As when its policy is removed, or gets another deadline. */
  @Test
  void theBreakerOfADeadlineThatNobodyHasAnyMoreIsForgotten() {
    breaks();
    backend.answers(ScriptedBackend.ADMITS);
    ScopedPolicy patient = ScopedPolicy.perKey(CLOSED.policy().withDeadline(Duration.ofMinutes(1)));
    limiter.shareAmong(1);

    assertThat(check(patient).because()).isNull();
    assertThat(limiter.breaker()).isEqualTo("closed");
  }

  /** However many come at the same time, as long as they are answered in time. */
  @Test
  void batchesOfTheLargestSizeAreAskedForAsAWhole() {
    backend.keepsSilent();
    for (int client = 0; client < 4; client++) {
      assertThat(limiter.checkAll(Collections.nCopies(1_000, request(1, CLOSED))))
          .noneMatch(decision -> decision.toCompletableFuture().isDone());
    }

    assertThat(limiter.inFlight()).isEqualTo(4_000);
  }

  @Test
  void whatIsLetThroughOfABatchIsOneBatchOfTheBackend() {
    limiter = guarded(Guard.defaults().withMaxInFlight(2));

    List<Decision> decisions = limiter.checkAll(Collections.nCopies(3, request(1, CLOSED))).stream()
        .map(answer -> answer.toCompletableFuture().join().decision())
        .toList();

    assertThat(backend.batches).containsExactly(2);
    assertThat(decisions).extracting(Decision::allowed).containsExactly(true, true, false);
    assertThat(decisions.get(2).because()).isEqualTo(FailureReason.SHED);
    assertThat(limiter.inFlight()).isZero();
  }

  /** Those that were not let through have their answers all the same. */
  @Test
  void aBatchThatTheBackendThrowsAtFailsForEachOfItsRequests() {
    limiter = guarded(Guard.defaults().withMaxInFlight(2));
    backend.answers(request -> {
      throw new IllegalStateException("broken");
    });

    List<CompletableFuture<RequestDecision>> answers =
        limiter.checkAll(Collections.nCopies(3, request(1, OPEN))).stream()
            .map(CompletionStage::toCompletableFuture)
            .toList();

    assertThat(answers.subList(0, 2))
        .allSatisfy(answer -> assertThatThrownBy(answer::join)
            .isInstanceOf(CompletionException.class)
            .hasRootCauseMessage("broken"));
    assertThat(answers.get(2).join().allowed()).isTrue();
    assertThat(limiter.inFlight()).isZero();
  }

  @Test
  void whileItIsStillAwayItIsTriedAgainAndAgain() {
    breaks();
    for (int i = 0; i < 20; i++) {
      waits();
      for (int probe = 0; probe < GuardedRateLimiter.PROBES; probe++) {
        assertThat(check(CLOSED).because()).isEqualTo(FailureReason.DEADLINE);
      }
      assertThat(check(CLOSED).because()).isEqualTo(FailureReason.BREAKER_OPEN);
    }
    assertThat(backend.asked).isEqualTo(20 * GuardedRateLimiter.PROBES);
  }

  @Test
  void moreThanMayWaitAreShedAtOnce() {
    limiter = guarded(Guard.defaults().withMaxInFlight(2));
    backend.keepsSilent();
    CompletableFuture<RequestDecision> first = asking(CLOSED);
    CompletableFuture<RequestDecision> second = asking(CLOSED);
    assertThat(limiter.inFlight()).isEqualTo(2);

    assertThat(asking(CLOSED).getNow(null).decision())
        .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.SHED));
    assertThat(check(OPEN))
        .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.SHED));
    assertThat(backend.asked).isEqualTo(2);
    assertThat(limiter.inFlight()).isEqualTo(2);

    backend.answersTheOldest(ScriptedBackend.ADMITS);
    assertThat(first).isCompletedWithValueMatching(RequestDecision::allowed);
    CompletableFuture<RequestDecision> third = asking(CLOSED);
    assertThat(backend.asked).isEqualTo(3);
    assertThat(second).isNotDone();
    assertThat(third).isNotDone();
  }

  /** The bound on their number alone would let them wait until the deadline of a slow backend. */
  @Test
  void whereAQueueStandsNoMoreMayWaitThanAreAnsweredSoon() {
    isWarm();
    backend.keepsSilent();
    for (int i = 0; i < 800; i++) {
      assertThat(asking(CLOSED)).isNotDone();
    }
    for (int i = 0; i < 200; i++) {
      time.advance(1_000);
      for (int answered = 0; answered < 4; answered++) {
        backend.answersTheOldest(ScriptedBackend.ADMITS);
      }
    }
    // Few are let in now, and tell that it takes 1 ms without a queue.
    for (int i = 0; i < 8; i++) {
      assertThat(asking(CLOSED)).isNotDone();
      time.advance(1_000);
      backend.answersTheOldest(ScriptedBackend.ADMITS);
    }

    int asked = 0;
    while (!asking(CLOSED).isDone()) {
      asked++;
    }
    assertThat(asked).as("4 a millisecond, for 11 ms").isBetween(44, 46);
    assertThat(limiter.inFlight()).isEqualTo(asked);
    assertThat(asking(CLOSED).getNow(null))
        .isEqualTo(RequestDecision.undecided(request(1, CLOSED), FailureReason.SHED));
    assertThat(check(CLOSED).because()).isEqualTo(FailureReason.SHED);
    assertThat(limiter.breaker()).isEqualTo("closed");
  }

  @Test
  void aQuestionWhetherAThreadIsBehindThatFailsLeavesNothingBehind() {
    limiter = guarded(Guard.defaults().withBehind(() -> {
      throw new IllegalStateException("broken");
    }));

    assertThatIllegalStateException().isThrownBy(() -> check(CLOSED));
    assertThat(limiter.inFlight()).isZero();
  }

  /** What was not asked cannot have failed. */
  @Test
  void sheddingDoesNotOpenTheBreaker() {
    limiter = guarded(Guard.defaults().withMaxInFlight(1));
    backend.keepsSilent();
    CompletableFuture<RequestDecision> slow = asking(CLOSED);
    for (int i = 0; i < 10 * GuardedRateLimiter.WINDOW; i++) {
      assertThat(check(CLOSED).because()).isEqualTo(FailureReason.SHED);
    }
    backend.answersTheOldest(ScriptedBackend.ADMITS);

    assertThat(slow).isCompletedWithValueMatching(RequestDecision::allowed);
    assertThat(limiter.breaker()).isEqualTo("closed");
  }

  @Test
  void aThreadThatIsBehindDoesNotAsk() {
    AtomicBoolean behind = new AtomicBoolean(true);
    limiter = guarded(Guard.defaults().withBehind(behind::get));
    assertThat(check(CLOSED).because()).as("cold").isNull();
    behind.set(false);
    isWarm();
    behind.set(true);
    backend.asked = 0;

    assertThat(check(CLOSED).because()).isEqualTo(FailureReason.SHED);
    assertThat(backend.asked).isZero();
    behind.set(false);
    assertThat(check(CLOSED).because()).isNull();
  }

  /** Against its contract. It is the caller's to see, and counts as a failure. */
  @Test
  void aBackendThatThrowsIsNoDecision() {
    backend.answers(request -> {
      throw new IllegalStateException("broken");
    });
    for (int i = 0; i < GuardedRateLimiter.FAILURES / 2; i++) {
      assertThatIllegalStateException().isThrownBy(() -> check(CLOSED));
      assertThatIllegalStateException().isThrownBy(() -> asking(CLOSED));
    }
    assertThat(limiter.inFlight()).isZero();
    assertThat(limiter.breaker()).isEqualTo("open");
    assertThat(check(CLOSED).because()).isEqualTo(FailureReason.BREAKER_OPEN);
  }

  @Test
  void aDecisionThatFailsLaterIsTheCallersToSeeToo() {
    GuardedRateLimiter failing = RateLimiters.guarded(
        request -> CompletableFuture.failedFuture(new IllegalStateException("broken")),
        Guard.defaults(),
        time);

    assertThatThrownBy(
            () -> failing.checkAsync(request(1, CLOSED)).toCompletableFuture().join())
        .isInstanceOf(CompletionException.class)
        .hasRootCauseMessage("broken");
    assertThat(failing.inFlight()).isZero();
  }

  @Test
  void theLocalLimiterTakesOverOnItsShare() {
    limiter = guarded(Guard.defaults().withInstances(3));
    breaks();

    for (int i = 2; i >= 0; i--) {
      Decision admitted = check(LOCAL);
      assertThat(admitted.allowed()).isTrue();
      assertThat(admitted.limit()).isEqualTo(3);
      assertThat(admitted.remaining()).isEqualTo(i);
      assertThat(admitted.decidedBy()).isEqualTo(FailurePolicy.LOCAL);
      assertThat(admitted.because()).isEqualTo(FailureReason.BREAKER_OPEN);
    }
    Decision denied = check(LOCAL);
    assertThat(denied.allowed()).isFalse();
    assertThat(denied.retryAfterMicros()).isPositive();
    assertThat(denied.decidedBy()).isEqualTo(FailurePolicy.LOCAL);
  }

  @Test
  void anotherNumberOfInstancesChangesTheShareAtOnce() {
    limiter = guarded(Guard.defaults().withInstances(2));
    breaks();
    assertThat(check(LOCAL).limit()).isEqualTo(5);

    limiter.shareAmong(10);

    assertThat(check(LOCAL).limit()).isEqualTo(1);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> limiter.shareAmong(0));
  }

  @Test
  void aTenantsOwnLimitIsSharedToo() {
    limiter = guarded(Guard.defaults().withInstances(2));
    breaks();
    ScopedPolicy own = LOCAL.withLimit(Limit.of(4, Duration.ofDays(1)));

    assertThat(check(LOCAL).limit()).isEqualTo(5);
    assertThat(check(own).limit()).isEqualTo(2);
  }

  @Test
  void whereOnePolicyDeniesNoLocalOneIsCharged() {
    breaks();
    ScopedPolicy narrow = policy("narrow", 1, FailurePolicy.LOCAL);

    RequestDecision closed = limiter.check(request(1, LOCAL, CLOSED));
    assertThat(closed.deniedBy()).isEqualTo("closed");
    assertThat(closed.policies().get(0).decision().remaining()).isEqualTo(10);
    assertThat(check(LOCAL, narrow, OPEN).allowed()).isTrue();
    assertThat(limiter.check(request(1, LOCAL, narrow)).deniedBy()).isEqualTo("narrow");

    assertThat(check(LOCAL).remaining())
        .as("charged once, by the one admission")
        .isEqualTo(8);
  }

  @Test
  void aCostOverTheShareIsDeniedUntilTheBackendIsBack() {
    limiter = guarded(Guard.defaults().withInstances(3));
    breaks();

    RequestDecision heavy = limiter.check(request(4, LOCAL));
    assertThat(heavy.decision())
        .isEqualTo(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.BREAKER_OPEN));
    assertThat(limiter.check(request(4, policy("wide", 100, FailurePolicy.LOCAL), LOCAL)))
        .extracting(RequestDecision::deniedBy)
        .isEqualTo("local");
    backend.answers(ScriptedBackend.ADMITS);
    waits();
    assertThat(limiter.check(request(4, LOCAL)).allowed()).isTrue();
  }

  @Test
  void aPolicyInShadowNeverDeniesWhoeverDecides() {
    breaks();
    ScopedPolicy shadow = LOCAL.withLimit(Limit.of(1, Duration.ofDays(1))).withShadow(true);
    assertThat(check(CLOSED.withShadow(true)).allowed()).isTrue();
    assertThat(check(shadow).allowed()).isTrue();

    RequestDecision both =
        limiter.check(request(1, policy("wide", 10, FailurePolicy.LOCAL), shadow));
    assertThat(both.allowed()).isTrue();
    assertThat(both.policies())
        .extracting(PolicyDecision::decision)
        .extracting(Decision::allowed)
        .containsExactly(true, false);
    assertThat(both.decision().remaining()).isEqualTo(9);
  }

  @Test
  void numbersThatAreNotOverZeroAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Guard.defaults().withInstances(0))
        .withMessage("instances is 0; accepted: over 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Guard.defaults().withMaxInFlight(0))
        .withMessage("max in flight is 0; accepted: over 0");
  }
}
