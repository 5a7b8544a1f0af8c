package dev.ratelab.limiter.failure;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.limiter.memory.MemoryRateLimiter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the failure policies of requests answer that the backend does not decide. Those that are {@code local} count in this process. Thread-safe. */
final class FailureAnswers {
  private static final int MOST_KNOWN = 1 << 16;

  private final MemoryRateLimiter local;
  private volatile Shares shares;

  /** Of one of so many instances. */
  FailureAnswers(MemoryRateLimiter local, int instances) {
    this.local = local;
    shares = new Shares(instances);
  }

  /** From now on it is one of so many; shares of policies that are no more are forgotten. */
  void shareAmong(int instances) {
    shares = new Shares(instances);
  }

  RequestDecision answer(Request request, FailureReason because) {
    // One set for the whole answer: they may be replaced meanwhile.
    Shares now = shares;
    List<ScopedPolicy> counting = new ArrayList<>();
    boolean denied = false;
    for (ScopedPolicy policy : request.policies()) {
      if (now.counts(policy, request.cost())) {
        counting.add(now.of(policy));
      } else {
        denied |= !policy.shadow() && policy.policy().onFailure() != FailurePolicy.FAIL_OPEN;
      }
    }
    if (counting.isEmpty()) {
      return RequestDecision.undecided(request, because);
    }
    Request own = new Request(request.tenant(), request.key(), request.cost(), counting);
    Iterator<PolicyDecision> decided =
        (denied ? local.look(own) : local.check(own)).policies().iterator();
    return RequestDecision.of(request.policies().stream()
        .map(policy -> PolicyDecision.of(
            policy,
            now.counts(policy, request.cost())
                ? decided.next().decision().decidedLocally(because)
                : Decision.undecided(
                    policy.policy().limit().permits(), policy.policy().onFailure(), because)))
        .toList());
  }

  /** The policies with the limits that one of so many instances enforces by itself. */
  private record Shares(int instances, Map<ScopedPolicy, ScopedPolicy> known) {
    Shares(int instances) {
      this(instances, new ConcurrentHashMap<>());
    }

    /** A cost over the share can never be admitted here, however long one waits: only the backend could. */
    boolean counts(ScopedPolicy policy, long cost) {
      return policy.policy().onFailure() == FailurePolicy.LOCAL
          && cost <= of(policy).policy().limit().maxCost();
    }

    ScopedPolicy of(ScopedPolicy policy) {
      // Policies may change for ever.
      if (known.size() >= MOST_KNOWN) {
        known.clear();
      }
      return known.computeIfAbsent(
          policy, absent -> absent.withLimit(LocalShare.of(absent.policy(), instances)));
    }
  }
}
