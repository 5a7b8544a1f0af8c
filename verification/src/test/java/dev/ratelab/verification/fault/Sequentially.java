package dev.ratelab.verification.fault;

import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A planted fault: asks one policy after the other. The first is charged although the second denies, and others come between. */
public record Sequentially(RateLimiter limiter, Runnable between) implements RateLimiter {
  @Override
  public CompletionStage<RequestDecision> checkAsync(Request request) {
    List<PolicyDecision> own = new ArrayList<>();
    for (ScopedPolicy policy : request.policies()) {
      if (!own.isEmpty()) {
        between.run();
      }
      own.addAll(limiter
          .check(new Request(request.tenant(), request.key(), request.cost(), List.of(policy)))
          .policies());
    }
    return CompletableFuture.completedFuture(RequestDecision.of(own));
  }
}
