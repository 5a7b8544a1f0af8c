package dev.ratelab.limiter.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.ManualTime;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.PolicyLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestCases;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.Scope;
import dev.ratelab.limiter.ScopedPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(CapturedLog.class)
class MemoryRateLimiterTest {
  private final ManualTime time = new ManualTime(1_800_000_000_000_000L);
  private final MemoryRateLimiter limiter = MemoryRateLimiter.of(time, 10_000);

  private static ScopedPolicy policy(String name, Algorithm algorithm, long permits) {
    return ScopedPolicy.perKey(
        Policy.of(name, algorithm, Limit.of(permits, Duration.ofSeconds(10))));
  }

  private RequestDecision check(String key, ScopedPolicy... policies) {
    return limiter.check(new Request("acme", key, 1, List.of(policies)));
  }

  /** Each counter as a limiter of its own, charged by hand where all of a request's would admit. */
  @Test
  void decidesAsTheLimitersOfItsPoliciesWouldIfAllAdmit() {
    RequestCases cases = new RequestCases(11);
    Map<List<Object>, PolicyLimiter> single = new HashMap<>();
    int denied = 0;
    for (int i = 0; i < 3_000; i++) {
      time.advance(cases.gap());
      Request request = cases.next();
      RequestDecision decision = limiter.check(request);
      if (decision.allowed()) {
        List<PolicyDecision> expected = request.policies().stream()
            .map(policy -> PolicyDecision.of(
                policy, single(single, request, policy).check("", request.cost())))
            .toList();
        assertThat(decision.policies()).as("step %d", i).isEqualTo(expected);
      } else {
        denied++;
        for (int j = 0; j < decision.policies().size(); j++) {
          Decision own = decision.policies().get(j).decision();
          if (!own.allowed()) {
            assertThat(single(single, request, request.policies().get(j)).check("", request.cost()))
                .as("step %d, policy %d", i, j)
                .isEqualTo(own);
          }
        }
      }
    }
    assertThat(denied).isBetween(300, 2_700);
  }

  private PolicyLimiter single(
      Map<List<Object>, PolicyLimiter> limiters, Request request, ScopedPolicy policy) {
    List<Object> counter = new ArrayList<>();
    counter.add(policy.policy());
    counter.add(String.valueOf(request.tenant()));
    counter.add(policy.scope() == Scope.TENANT ? "" : request.key());
    return limiters.computeIfAbsent(
        counter, absent -> MemoryPolicyLimiter.of(policy.policy(), time, 10));
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

  @Test
  void countersThatAreOverAreDropped() {
    check("a", policy("p", Algorithm.GCRA, 2), policy("q", Algorithm.FIXED_WINDOW, 2));
    assertThat(limiter.counters()).isEqualTo(2);

    time.advance(Duration.ofSeconds(30).toMillis() * 1_000);

    assertThat(limiter.counters()).isZero();
    assertThat(limiter.lostLiveCounters()).isZero();
  }

  @Test
  void theBoundForgetsAndSaysSo() {
    MemoryRateLimiter small = MemoryRateLimiter.of(time, 3);
    ScopedPolicy policy = policy("p", Algorithm.GCRA, 2);
    for (int i = 0; i < 10; i++) {
      small.check(Request.of(policy, "key" + i, 1));
    }

    assertThat(small.counters()).isEqualTo(3);
    assertThat(small.lostLiveCounters()).isEqualTo(7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MemoryRateLimiter.of(time, 0))
        .withMessageStartingWith("maxCounters is 0; accepted: 1 to ");
  }

  /** Half of the threads name the policies in one order and half in the other, and singles come between. */
  @ParameterizedTest
  @EnumSource
  void manyThreadsNeverSeeOnePolicyChargedWithoutTheOther(Algorithm algorithm) throws Exception {
    int threads = 4;
    ScopedPolicy one = policy("one", algorithm, 3_000);
    ScopedPolicy other = policy("other", algorithm, 5_000);
    CyclicBarrier together = new CyclicBarrier(threads);
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    List<RequestDecision> decisions = new ArrayList<>();
    try {
      List<Future<List<RequestDecision>>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        List<ScopedPolicy> order = i % 2 == 0 ? List.of(one, other) : List.of(other, one);
        running.add(executor.submit(() -> {
          together.await();
          return IntStream.range(0, 2_000)
              .mapToObj(j -> limiter.check(new Request("acme", "hot", 1, order)))
              .toList();
        }));
      }
      for (Future<List<RequestDecision>> each : running) {
        decisions.addAll(each.get());
      }
    } finally {
      executor.shutdownNow();
    }

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
