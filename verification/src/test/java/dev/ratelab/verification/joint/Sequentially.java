package dev.ratelab.verification.joint;

import dev.ratelab.limiter.policy.JointDecision;
import dev.ratelab.limiter.policy.JointDecision.Own;
import dev.ratelab.limiter.policy.JointRateLimiter;
import dev.ratelab.limiter.policy.JointRequest;
import dev.ratelab.limiter.policy.ScopedPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A planted fault: asks one policy after the other, each in a call of its own. The first is charged although the second denies, and
 * other requests come between.
 *
 * @param limiter decides each
 * @param between runs between two calls
 */
record Sequentially(JointRateLimiter limiter, Runnable between) implements JointRateLimiter {
  @Override
  public CompletionStage<JointDecision> checkAsync(JointRequest request) {
    List<Own> own = new ArrayList<>();
    for (ScopedPolicy policy : request.policies()) {
      if (!own.isEmpty()) {
        between.run();
      }
      own.addAll(limiter
          .check(new JointRequest(request.tenant(), request.key(), request.cost(), List.of(policy)))
          .policies());
    }
    return CompletableFuture.completedFuture(new JointDecision(own));
  }
}
