package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestCases;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.Threads;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.algorithm.Transition.Step;
import dev.ratelab.limiter.memory.KeyHash.Hashed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryRateLimiterTest {
  private static final long SECOND = 1_000_000;

  @RegisterExtension
  private final CapturedLog log = new CapturedLog();

  private final ManualTime time = new ManualTime(1_800_000_000_000_000L);
  private final MemoryRateLimiter limiter = MemoryRateLimiter.of(time, 10_000, SeededHash.of(1));

  private static ScopedPolicy policy(String name, Algorithm algorithm, long permits) {
    return ScopedPolicy.perKey(
        Policy.of(name, algorithm, Limit.of(permits, Duration.ofSeconds(10))));
  }

  private RequestDecision check(String key, ScopedPolicy... policies) {
    return limiter.check(new Request("acme", key, 1, List.of(policies)));
  }

  /** Held against each counter's transition alone, charged by hand where all of a request's policies would admit. */
  @Test
  void decidesAsTheTransitionsOfItsPoliciesWouldIfAllAdmit() {
    RequestCases cases = new RequestCases(11);
    Map<List<Object>, Object> states = new HashMap<>();
    int denied = 0;
    for (int i = 0; i < 3_000; i++) {
      time.advance(cases.gap());
      Request request = cases.next();
      RequestDecision decision = limiter.check(request);
      denied += decision.allowed() ? 0 : 1;
      for (int j = 0; j < request.policies().size(); j++) {
        ScopedPolicy policy = request.policies().get(j);
        List<Object> counter = Arrays.asList(
            policy.policy(),
            request.tenant(),
            policy.scope() == Scope.TENANT ? null : request.key());
        Step<Object> step =
            transition(policy.policy()).apply(states.get(counter), time.micros(), request.cost());
        PolicyDecision own = decision.policies().get(j);
        assertThat(own.decision().allowed()).isEqualTo(step.decision().allowed());
        if (decision.allowed() || !own.decision().allowed()) {
          assertThat(own)
              .as("step %d, policy %d", i, j)
              .isEqualTo(PolicyDecision.of(policy, step.decision()));
        }
        if (decision.allowed()) {
          states.put(counter, step.state());
        }
      }
    }
    assertThat(denied).isBetween(300, 2_700);
  }

  @SuppressWarnings("unchecked")
  private static Transition<Object> transition(Policy policy) {
    return (Transition<Object>) Transition.of(policy.algorithm(), policy.limit());
  }

  @ParameterizedTest
  @EnumSource
  void aDenialChargesNobodyAndNamesWhoDenied(Algorithm algorithm) {
    ScopedPolicy wide = policy("wide", algorithm, 10);
    ScopedPolicy narrow = policy("narrow", algorithm, 2);
    check("a", wide, narrow);
    time.advance(1);
    RequestDecision last = check("a", wide, narrow);
    assertThat(last.allowed()).isTrue();
    time.advance(1);

    RequestDecision denied = check("a", wide, narrow);

    assertThat(denied.allowed()).isFalse();
    assertThat(denied.deniedBy()).isEqualTo("narrow");
    Decision admits = denied.policies().get(0).decision();
    Decision before = last.policies().get(0).decision();
    assertThat(admits)
        .as("as it stood, a microsecond later")
        .isEqualTo(Decision.allow(10, 8, before.resetAfterMicros() - 1));
    assertThat(denied.decision().remaining()).isZero();
    assertThat(denied.decision().retryAfterMicros())
        .isEqualTo(denied.policies().get(1).decision().retryAfterMicros());
    assertThat(check("a", wide).policies().get(0).decision().remaining())
        .as("the denied request took nothing")
        .isEqualTo(7);
  }

  @ParameterizedTest
  @EnumSource
  void aPolicyInShadowIsShownAndNeverDenies(Algorithm algorithm) {
    ScopedPolicy wide = policy("wide", algorithm, 10);
    ScopedPolicy shadow = policy("shadow", algorithm, 1).withShadow(true);
    while (check("a", shadow, wide).policies().get(0).decision().allowed()) {
      assertThat(limiter.counters()).as("both are charged").isEqualTo(2);
    }
    long before = check("a", wide).decision().remaining();

    RequestDecision decision = check("a", shadow, wide);

    assertThat(decision.allowed()).isTrue();
    assertThat(decision.deniedBy()).isNull();
    assertThat(decision.decision().remaining()).isEqualTo(before - 1);
    assertThat(decision.policies().get(0).shadow()).isTrue();
    assertThat(decision.policies().get(0).decision().allowed()).isFalse();
    assertThat(check("a", shadow.withShadow(false)).allowed())
        .as("what was counted in shadow counts when enforced")
        .isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void wherePoliciesDenyNothingIsChargedInShadowEither(Algorithm algorithm) {
    ScopedPolicy shadow = policy("shadow", algorithm, 10).withShadow(true);
    ScopedPolicy narrow = policy("narrow", algorithm, 1);
    while (check("a", narrow).allowed()) {
      assertThat(limiter.counters()).isEqualTo(1);
    }

    RequestDecision decision = check("a", shadow, narrow);

    assertThat(decision.deniedBy()).isEqualTo("narrow");
    assertThat(limiter.counters()).isEqualTo(1);
    assertThat(decision.policies().get(0).decision().remaining()).isEqualTo(10);
  }

  /** Otherwise the policy would keep the request from being asked at all. */
  @Test
  void aCostThatAPolicyInShadowCouldNeverAdmitIsShownAsItsDenial() {
    ScopedPolicy wide = policy("wide", Algorithm.GCRA, 10);
    ScopedPolicy shadow = policy("shadow", Algorithm.GCRA, 2).withShadow(true);

    RequestDecision decision = limiter.check(new Request("acme", "a", 3, List.of(wide, shadow)));

    assertThat(decision.allowed()).isTrue();
    assertThat(decision.policies())
        .extracting(PolicyDecision::decision)
        .element(1)
        .isEqualTo(Decision.deny(2, 0, 0, 0));
    assertThat(limiter.check(new Request("acme", "a", 3, List.of(shadow))).allowed())
        .isTrue();
  }

  @Test
  void aLookChargesNothing() {
    ScopedPolicy one = policy("one", Algorithm.FIXED_WINDOW, 2);
    Request request = new Request("acme", "a", 1, List.of(one));

    assertThat(limiter.look(request).decision().remaining()).isEqualTo(2);
    limiter.check(request);
    limiter.check(request);
    assertThat(limiter.look(request).allowed()).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void anUnusedCounterThatWasNotChargedTellsThatItIsNew(Algorithm algorithm) {
    ScopedPolicy narrow = policy("narrow", algorithm, 1);
    check("a", narrow);

    RequestDecision denied = check("a", narrow, policy("unused", algorithm, 3));

    assertThat(denied.policies().get(1).decision()).isEqualTo(Decision.allow(3, 3, 0));
  }

  @Test
  void tenantsAndKeysAreCountedAsThePolicySays() {
    ScopedPolicy perTenant =
        ScopedPolicy.perTenant(Policy.of("total", Algorithm.GCRA, Limit.of(3, Duration.ofDays(1))));
    ScopedPolicy perKey = policy("login", Algorithm.GCRA, 2);

    assertThat(check("a", perTenant, perKey).allowed()).isTrue();
    assertThat(check("a", perTenant, perKey).allowed()).isTrue();
    assertThat(check("a", perTenant, perKey).deniedBy()).isEqualTo("login");
    assertThat(check("b", perTenant, perKey).allowed()).isTrue();
    assertThat(check("b", perTenant, perKey).deniedBy()).isEqualTo("total");
    assertThat(limiter
            .check(new Request("other", "a", 2, List.of(perTenant, perKey)))
            .allowed())
        .isTrue();
    assertThat(limiter.check(Request.of(perKey, "a", 2)).allowed())
        .as("no tenant is none of the tenants")
        .isTrue();
  }

  /** Documented in docs/policies.md. */
  @Test
  void anotherLimitCountsAnewAndAnotherDeadlineCountsOn() {
    ScopedPolicy before = policy("p", Algorithm.FIXED_WINDOW, 2);
    check("a", before);
    check("a", before);

    ScopedPolicy patient = ScopedPolicy.perKey(
        before.policy().withDeadline(Duration.ofSeconds(9)).onFailure(FailurePolicy.FAIL_OPEN));
    assertThat(check("a", patient).allowed()).isFalse();
    assertThat(check("a", policy("p", Algorithm.FIXED_WINDOW, 3)).decision().remaining())
        .isEqualTo(2);
    assertThat(check("a", policy("p", Algorithm.GCRA, 2)).allowed()).isTrue();
    assertThat(check("a", before).allowed()).as("the old limit is back").isFalse();
  }

  /** A joint request locks before it reads the clock, and must not leave its locks behind. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClockThatFailsLeavesNothingLockedOrCharged(boolean charged) {
    AtomicBoolean fails = new AtomicBoolean();
    MemoryRateLimiter failing = MemoryRateLimiter.of(
        () -> {
          if (fails.get()) {
            throw new IllegalStateException("no clock");
          }
          return time.micros();
        },
        100);
    ScopedPolicy one = policy("one", Algorithm.GCRA, 3);
    ScopedPolicy other = policy("other", Algorithm.FIXED_WINDOW, 3);
    Request both = new Request("acme", "a", 1, List.of(one, other));
    long expected = charged ? failing.check(both).decision().remaining() : 3;

    fails.set(true);
    assertThatIllegalStateException().isThrownBy(() -> failing.check(both)).withMessage("no clock");
    assertThatIllegalStateException().isThrownBy(() -> failing.check(Request.of(one, "b", 1)));
    fails.set(false);

    assertThat(failing.check(both).policies())
        .extracting(own -> own.decision().remaining())
        .containsOnly(expected - 1);
    assertThat(failing.counters()).isEqualTo(2);
  }

  /** Whoever may not pass must not push out those that count by asking for ever new keys. */
  @Test
  void whatIsDeniedTakesNoRoom() {
    MemoryRateLimiter small = MemoryRateLimiter.of(time, 101);
    ScopedPolicy perKey = policy("login", Algorithm.GCRA, 2);
    ScopedPolicy total =
        ScopedPolicy.perTenant(Policy.of("total", Algorithm.GCRA, Limit.of(1, Duration.ofDays(1))));
    for (int i = 0; i < 100; i++) {
      small.check(Request.of(perKey, "key" + i, 1));
    }
    small.check(new Request("acme", "a", 1, List.of(total)));

    for (int i = 0; i < 1_000; i++) {
      Request denied = new Request("acme", "b" + i, 1, List.of(perKey, total));
      assertThat(small.check(denied).deniedBy()).isEqualTo("total");
    }

    // While it is asked, a new counter takes the place of one.
    assertThat(small.lostLiveCounters()).isLessThanOrEqualTo(1);
    assertThat(small.counters()).isGreaterThanOrEqualTo(100);
  }

  private ScopedPolicy four(Algorithm algorithm) {
    return policy("p", algorithm, 4);
  }

  private Decision check(MemoryRateLimiter asked, ScopedPolicy policy, String key, long cost) {
    return asked.check(Request.of(policy, key, cost)).decision();
  }

  @ParameterizedTest
  @EnumSource
  void keysDoNotShareAnything(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
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
      assertThat(check(limiter, policy, key, 4).allowed()).as("'%s'", key).isTrue();
      // The key counts, not the object that carries it.
      String equal = new String(key.toCharArray());
      assertThat(check(limiter, policy, equal, 1).allowed()).as("'%s'", key).isFalse();
    }
    assertThat(limiter.counters()).isEqualTo(keys.size());
  }

  @Test
  void twoLimitersOfOnePolicyDoNotShareAnything() {
    ScopedPolicy policy = four(Algorithm.GCRA);
    MemoryRateLimiter other = MemoryRateLimiter.of(time, 100);

    check(limiter, policy, "key", 4);

    assertThat(check(other, policy, "key", 4).allowed()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aDenialLeavesTheStateAlone(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    check(limiter, policy, "key", 3);

    Decision denied = check(limiter, policy, "key", 2);
    for (int i = 0; i < 10; i++) {
      assertThat(check(limiter, policy, "key", 2)).isEqualTo(denied);
    }

    assertThat(denied.allowed()).isFalse();
    assertThat(check(limiter, policy, "key", 1).allowed()).isTrue();
    time.advance(denied.resetAfterMicros());
    // Only the last unit is left, admitted after the denial that said when all else is over.
    assertThat(check(limiter, policy, "key", 4).resetAfterMicros()).isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void aStateIsKeptForItsWholeLife(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);

    check(limiter, policy, "key", 1);
    time.advance(SECOND - 1);
    long resetAfter = check(limiter, policy, "key", 3).resetAfterMicros();
    time.advance(resetAfter - 1);

    assertThat(limiter.counters()).isEqualTo(1);
    assertThat(check(limiter, policy, "key", 4).allowed()).isFalse();
    assertThat(limiter.lostLiveCounters()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void aCounterIsDroppedTwoSecondsAfterItIsOver(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    long resetAfter = 0;
    for (int i = 0; i < 50; i++) {
      resetAfter = check(limiter, policy, "key" + i, 4).resetAfterMicros();
    }

    time.advance(resetAfter + 2 * SECOND - 1);
    assertThat(limiter.counters()).isEqualTo(50);
    time.advance(1);
    assertThat(limiter.counters()).isZero();

    assertThat(limiter.droppedCounters()).isEqualTo(50);
    assertThat(limiter.lostLiveCounters()).isZero();
    assertThat(check(limiter, policy, "key0", 4).allowed()).isTrue();
  }

  /**
   * Nobody asks for the number of counters here: checks find those that are over. A shard is looked at as a whole, and none of so few
   * counters has 48: those not split yet have 16 on average.
   */
  @ParameterizedTest
  @EnumSource
  void checksDropWhatIsOverAFewAtATime(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    for (int i = 0; i < 1_000; i++) {
      check(limiter, policy, "key" + i, 1);
    }
    time.advance(30 * SECOND);
    long dropped = 0;
    int checks = 0;
    while (limiter.droppedCounters() < 1_000) {
      checks++;
      time.advance(1_000);
      check(limiter, policy, "hot", 1);
      assertThat(limiter.droppedCounters() - dropped).isLessThan(64 + 48);
      dropped = limiter.droppedCounters();
      // Twice round, since one round may be under way.
      assertThat(checks).as("checks, a millisecond apart").isLessThan(2 * 1_000 / 64 + 5);
    }

    for (int i = 0; i < 1_000; i++) {
      check(limiter, policy, "key" + i, 1);
    }
    time.advance(30 * SECOND);
    // The first one that comes looks at more than the others, which come at the same instant.
    check(limiter, policy, "a", 1);
    dropped = limiter.droppedCounters();
    for (int i = 0; i < 400; i++) {
      check(limiter, policy, "new" + i, 1);
      assertThat(limiter.droppedCounters() - dropped).isLessThan(4 + 32);
      dropped = limiter.droppedCounters();
    }
    assertThat(dropped).as("those of the second time as well").isGreaterThanOrEqualTo(2_000);
    assertThat(limiter.lostLiveCounters()).isZero();
  }

  /** Whatever the store forgets, no more is admitted than the limit and what the forgotten states had admitted. */
  @ParameterizedTest
  @EnumSource
  void pastTheBoundEveryLossOfALiveCounterIsCounted(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    MemoryRateLimiter small = MemoryRateLimiter.of(time, 10L * Keys.weight(algorithm));
    for (int i = 0; i < 1_000; i++) {
      assertThat(check(small, policy, "key" + i, 4).allowed()).isTrue();
    }
    assertThat(small.counters()).isEqualTo(10);
    assertThat(small.lostLiveCounters()).isEqualTo(990);
    assertThat(small.droppedCounters()).isEqualTo(990);

    // Exactly those that were lost are admitted again, each at the price of another one.
    long before = small.lostLiveCounters();
    long again = IntStream.range(0, 1_000)
        .filter(i -> check(small, policy, "key" + i, 4).allowed())
        .count();
    assertThat(small.counters()).isEqualTo(10);
    assertThat(small.lostLiveCounters() - before).isEqualTo(again);
  }

  @ParameterizedTest
  @EnumSource
  void aStateThatIsOverIsNoLoss(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    MemoryRateLimiter small = MemoryRateLimiter.of(time, Keys.weight(algorithm));
    long life = check(small, policy, "key0", 1).resetAfterMicros();
    for (int i = 1; i <= 100; i++) {
      // Over by now, yet not for so long that it has been removed.
      time.advance(life);
      long before = small.lostLiveCounters();
      life = check(small, policy, "key" + i, 4).resetAfterMicros();
      assertThat(small.counters()).isEqualTo(1);
      boolean lost = small.lostLiveCounters() > before;

      assertThat(check(small, policy, "key" + i, 4).allowed()).as("key %d", i).isEqualTo(lost);
    }
    assertThat(small.lostLiveCounters()).isLessThan(100);
  }

  /** Checked by a clock that was set back, a counter is not idle since then: its state counts for as long as before. */
  @ParameterizedTest
  @EnumSource
  void aClockThatGoesBackDropsNoCounter(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    long before = time.micros();
    check(limiter, policy, "key", 4);

    time.set(before - 60 * SECOND);
    assertThat(check(limiter, policy, "key", 4).allowed()).isFalse();
    time.set(before - 30 * SECOND);
    assertThat(limiter.counters()).isEqualTo(1);
    time.set(before);

    assertThat(check(limiter, policy, "key", 4).allowed()).isFalse();
  }

  /** The clock is read between the look at a state and its replacement: at each reading another check may come between. */
  private static final class Overtaking implements TimeSource {
    final ScopedPolicy policy;
    final MemoryRateLimiter limiter = MemoryRateLimiter.of(this, 100);
    final List<Decision> decisions = new ArrayList<>();
    private int left;

    Overtaking(Algorithm algorithm) {
      policy = policy("p", algorithm, 100);
      check(1);
    }

    Decision check(long cost) {
      return limiter.check(Request.of(policy, "key", cost)).decision();
    }

    /** A check, overtaken by as many others of cost 1 as it reads the clock, and by no more than the given number. */
    Decision overtakenCheck(long cost, int others) {
      left = others;
      return check(cost);
    }

    @Override
    public long micros() {
      if (left > 0) {
        int rest = left - 1;
        // The check that overtakes reads the clock too, and nothing overtakes it.
        left = 0;
        decisions.add(check(1));
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
    assertThat(overtaking.check(1).remaining()).isEqualTo(100 - 13);
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
  void aLossOfLiveCountersIsLoggedAtEachPowerOfTwo() {
    MemoryRateLimiter small = MemoryRateLimiter.of(time, 10);
    for (int i = 0; i < 20; i++) {
      check(small, four(Algorithm.GCRA), "key" + i, 4);
    }

    assertThat(small.lostLiveCounters()).isEqualTo(10);
    String line =
        "%d counters forgotten while they still counted; each can admit another burst. The store holds 10";
    assertThat(log.lines())
        .extracting(each -> each.replaceFirst(".* policy p: ", ""))
        .containsExactly(
            line.formatted(1), line.formatted(2), line.formatted(4), line.formatted(8));
  }

  @ParameterizedTest
  @EnumSource
  void aPrimitiveAnswerIsThatOfACheck(Algorithm algorithm) {
    ScopedPolicy policy = four(algorithm);
    MemoryRateLimiter other = MemoryRateLimiter.of(time, 100);
    for (int i = 0; i < 200; i++) {
      time.advance(i % 7 * (SECOND / 10));
      long cost = 1L + i % 3;
      Decision decision = check(other, policy, "key", cost);

      // A key that was hashed before is the same key.
      long answer = i % 2 == 0
          ? limiter.tryAcquire(policy, "key", cost)
          : limiter.tryAcquire(policy, limiter.hashed("key"), cost);
      assertThat(answer)
          .isEqualTo(decision.allowed() ? decision.remaining() : -decision.retryAfterMicros());
    }
  }

  @Test
  void aPrimitiveRequestThatCannotBeDecidedIsRefused() {
    ScopedPolicy policy = four(Algorithm.GCRA);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(policy, "key", 5))
        .withMessage("cost is 5; accepted: 1 to 4");
    assertThatIllegalArgumentException().isThrownBy(() -> limiter.tryAcquire(policy, "key", 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(ScopedPolicy.perTenant(policy.policy()), "key", 1))
        .withMessageContaining("counts per tenant");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> limiter.tryAcquire(policy.withShadow(true), "key", 1))
        .withMessage("the policy 'p' is in shadow; accepted: one that is enforced for each key");
  }

  /** The thread's own place for a check must be given back. */
  @Test
  @SuppressWarnings("NullAway") // what a caller without NullAway may do
  void aKeyThatIsMissingFailsAloneAndLeavesNothingBehind() {
    ScopedPolicy policy = four(Algorithm.GCRA);
    assertThatNullPointerException().isThrownBy(() -> limiter.tryAcquire(policy, (String) null, 1));
    assertThatNullPointerException().isThrownBy(() -> limiter.tryAcquire(policy, (Hashed) null, 1));

    Visit one = Visit.begin();
    one.to(new Rule(policy.policy(), KeyHash.random()), KeyHash.random().of("key"))
        .end();
    assertThat(Visit.begin()).as("the same again").isSameAs(one);
    one.to(new Rule(policy.policy(), KeyHash.random()), KeyHash.random().of("key"))
        .end();
  }

  @Test
  void aBatchIsDecidedInOrderAndEachRequestByItself() {
    ScopedPolicy policy = four(Algorithm.TOKEN_BUCKET);

    List<Decision> decisions = limiter
        .checkAll(List.of(
            Request.of(policy, "a", 3),
            Request.of(policy, "b", 4),
            Request.of(policy, "a", 2),
            Request.of(policy, "a", 1)))
        .stream()
        .map(answer -> answer.toCompletableFuture().join().decision())
        .toList();

    assertThat(decisions).extracting(Decision::allowed).containsExactly(true, true, false, true);
    assertThat(decisions).extracting(Decision::remaining).containsExactly(1L, 0L, 1L, 0L);
    assertThat(limiter.checkAll(List.of())).isEmpty();
  }

  @Test
  void checkAsyncAnswersAtOnceAndCharges() {
    ScopedPolicy policy = four(Algorithm.GCRA);

    assertThat(limiter.checkAsync(Request.of(policy, "key", 4)).toCompletableFuture())
        .isCompletedWithValueMatching(RequestDecision::allowed);
    assertThat(check(limiter, policy, "key", 1).allowed()).isFalse();
  }

  /** Half of the threads name the policies in one order and half in the other, and singles come between. */
  @ParameterizedTest
  @EnumSource
  void manyThreadsNeverSeeOnePolicyChargedWithoutTheOther(Algorithm algorithm) throws Exception {
    ScopedPolicy one = policy("one", algorithm, 3_000);
    ScopedPolicy other = policy("other", algorithm, 5_000);

    List<RequestDecision> decisions = Threads.together(4, thread -> {
      List<ScopedPolicy> order = thread % 2 == 0 ? List.of(one, other) : List.of(other, one);
      return IntStream.range(0, 2_000)
          .mapToObj(i -> limiter.check(new Request("acme", "hot", 1, order)))
          .toList();
    });

    assertThat(decisions.stream().filter(RequestDecision::allowed)).hasSize(3_000);
    // Whoever charged both saw both as far: 2,000 more remain of the one than of the other, always.
    assertThat(decisions).allSatisfy(decision -> {
      Map<String, Long> remaining = new HashMap<>();
      decision
          .policies()
          .forEach(own -> remaining.put(own.policy(), own.decision().remaining()));
      assertThat(remaining.get("other") - remaining.get("one")).isEqualTo(2_000);
    });
  }
}
