package dev.ratelab.verification.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.TimeSource;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.limiter.factory.RateLimiters;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import dev.ratelab.verification.fault.Sequentially;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests of one policy and of several on the same counters from many threads at once: there must be one order of them in which the
 * sequential model gives the same answers, so that nobody has seen a request half charged or half taken back.
 */
class RequestHistoriesTest {
  private static final ThreadLocal<@Nullable TimeSource> TIMES = new ThreadLocal<>();
  private static final int MAX_COST = 4;

  /** Which policies decide, by their numbers. */
  private static final List<List<Integer>> MIXES =
      List.of(List.of(0), List.of(1), List.of(0, 1), List.of(1, 0), List.of(2, 0, 1));

  private final List<ScopedPolicy> policies = new ArrayList<>();

  private void policies(Algorithm algorithm, long more) {
    for (int i = 0; i < 3; i++) {
      long permits = 50 + more * i;
      policies.add(
          ScopedPolicy.perKey(Policy.of("p" + i, algorithm, new Limit(permits, 20_000, permits))
                  .withDeadline(Clients.DEADLINE))
              .withShadow(i == 2));
    }
  }

  /** A recorder knows costs only: they number the mixes too. */
  private Request request(long code) {
    List<ScopedPolicy> some =
        MIXES.get((int) ((code - 1) / MAX_COST)).stream().map(policies::get).toList();
    return new Request("acme", "k", 1 + (code - 1) % MAX_COST, some);
  }

  private List<RecordedCall> record(BiFunction<Integer, TimeSource, RateLimiter> limiters) {
    return new Recorder(8, 250, 4, List.of("all"), (long) MAX_COST * MIXES.size(), 200, 20_260_101)
        .record((key, code) -> request(code), limiters::apply);
  }

  @ParameterizedTest
  @EnumSource
  void inMemory(Algorithm algorithm) {
    policies(algorithm, 7);
    MemoryRateLimiter shared = RateLimiters.inMemory(
        () -> {
          TimeSource time = TIMES.get();
          // The store reads the clock once before any thread has one.
          return time == null ? 0 : time.micros();
        },
        1_000);

    List<RecordedCall> history = record((thread, time) -> request -> {
      TIMES.set(time);
      return shared.checkAsync(request);
    });

    requireLinearizable(history);
  }

  @ParameterizedTest
  @EnumSource
  void onRedisOverBothClients(Algorithm algorithm) {
    policies(algorithm, 7);
    String namespace = "requests-" + UUID.randomUUID();
    List<RecordedCall> history;
    try (Clients clients = new Clients()) {
      history = record((thread, time) -> RateLimiters.onRedis(clients.of(thread), namespace, time));
      clients.remove(namespace, new Request("acme", "k", 1, policies));
    }
    requireLinearizable(history);
  }

  private void requireLinearizable(List<RecordedCall> history) {
    assertThat(history).hasSize(8 * 250).allMatch(call -> call.decision() != null);
    assertThat(history).anyMatch(call -> call.decision().allowed());
    assertThat(history).anyMatch(call -> !call.decision().allowed());
    assertThat(Linearizability.of(new Model()).check(history)).isEmpty();
  }

  /**
   * Two requests that name two policies in opposite orders, each waiting for the other after its first call: both then have 48
   * left of what they ask last, and nobody 49 of both.
   */
  @Test
  void policiesAskedInTwoCallsAreFlagged() {
    policies(Algorithm.FIXED_WINDOW, 0);
    CyclicBarrier both = new CyclicBarrier(2);
    RateLimiter faulty = new Sequentially(RateLimiters.inMemory(() -> 0, 1_000), () -> {
      try {
        both.await();
      } catch (InterruptedException | BrokenBarrierException e) {
        throw new IllegalStateException(e);
      }
    });
    ScopedPolicy one = policies.get(0);
    ScopedPolicy other = policies.get(1);

    List<RecordedCall> history = new Recorder(2, 1, 1, List.of("all"), 1, 0, 1)
        .record(
            (key, cost) -> new Request("acme", key, cost, List.of(one, other)),
            (thread, time) -> request -> faulty.checkAsync(
                thread == 0
                    ? request
                    : new Request("acme", request.key(), 1, List.of(other, one))));

    // The code of a request of the first two policies, cost 1.
    List<RecordedCall> coded = history.stream()
        .map(call -> new RecordedCall(
            call.key(),
            call.at(),
            1 + 2 * MAX_COST,
            call.invoked(),
            call.returned(),
            call.decision()))
        .toList();
    assertThat(Linearizability.of(new Model()).check(coded)).isPresent();
  }

  /** The states of the policies, each decided by its own transition; a denial leaves the very list that went in. */
  private final class Model implements Transition<List<Object>> {
    @Override
    public Step<List<Object>> apply(@Nullable List<Object> state, long now, long code) {
      Request request = request(code);
      List<Object> before =
          state == null ? new ArrayList<>(Collections.nCopies(policies.size(), null)) : state;
      List<Object> after = new ArrayList<>(before);
      List<PolicyDecision> own = new ArrayList<>();
      List<PolicyDecision> looks = new ArrayList<>();
      for (ScopedPolicy policy : request.policies()) {
        int index = policies.indexOf(policy);
        own.add(PolicyDecision.of(policy, apply(policy, after, index, now, request.cost())));
        looks.add(PolicyDecision.of(policy, look(policy, before.get(index), now, request.cost())));
      }
      RequestDecision together = RequestDecision.of(own);
      return together.allowed()
          ? new Step<>(after, together.decision())
          : new Step<>(state, RequestDecision.of(looks).decision());
    }

    @SuppressWarnings("unchecked")
    private Decision apply(
        ScopedPolicy policy, List<Object> states, int index, long now, long cost) {
      Transition<Object> transition = (Transition<Object>)
          Transition.of(policy.policy().algorithm(), policy.policy().limit());
      Step<Object> step = transition.apply(states.get(index), now, cost);
      states.set(index, step.state());
      return step.decision();
    }

    /** Uncharged, one that admits is told by the largest cost that fits and the denial of one more. */
    @SuppressWarnings("unchecked")
    private Decision look(ScopedPolicy policy, @Nullable Object state, long now, long cost) {
      Limit limit = policy.policy().limit();
      Transition<Object> transition =
          (Transition<Object>) Transition.of(policy.policy().algorithm(), limit);
      Decision decision = transition.apply(state, now, cost).decision();
      if (!decision.allowed()) {
        return decision;
      }
      for (long more = cost + 1; more <= limit.burst(); more++) {
        Decision denied = transition.apply(state, now, more).decision();
        if (!denied.allowed()) {
          return Decision.allow(limit.permits(), more - 1, denied.resetAfterMicros());
        }
      }
      return Decision.allow(limit.permits(), limit.burst(), 0);
    }

    @Override
    public long resetAt(List<Object> state) {
      throw new AssertionError("the checker does not ask");
    }
  }
}
