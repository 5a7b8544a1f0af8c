package dev.ratelab.limiter.policy;

import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link JointRequest}.
 *
 * @param policies what each policy answers, in the request's order. Where another one denies, a policy that admits was not
 *     charged, and tells of a key as it stands: {@code remaining} and {@code resetAfter} without this request
 */
public record JointDecision(List<Own> policies) {
  /**
   * One policy's answer.
   *
   * @param policy its name
   * @param decision what it decides by itself
   */
  public record Own(String policy, Decision decision) {}

  /** The answer of at least one policy. */
  public JointDecision {
    policies = List.copyOf(policies);
    if (policies.isEmpty()) {
      throw new IllegalArgumentException("no policy decided; accepted: at least one");
    }
  }

  /** The answer of one policy alone. */
  public static JointDecision of(String policy, Decision decision) {
    return new JointDecision(List.of(new Own(policy, decision)));
  }

  /** The answer of each policy's failure policy, where the backend gave none. */
  public static JointDecision undecided(JointRequest request) {
    return new JointDecision(request.policies().stream()
        .map(policy -> new Own(
            policy.name(),
            Decision.undecided(
                policy.policy().limit().permits(), policy.policy().onFailure())))
        .toList());
  }

  /** Whether all policies admitted the request, and so were charged. */
  public boolean allowed() {
    return deniedBy() == null;
  }

  /** Of the policies that deny, the one that does so for longest: waiting for it is enough. Null if all admit. */
  public @Nullable String deniedBy() {
    Own denying = longestDenying();
    return denying == null ? null : denying.policy;
  }

  /**
   * All answers as one: {@code remaining} is the least, {@code retryAfter} the largest of those that deny, {@code resetAfter}
   * and {@code delay} the largest of all. {@code limit} is that of the policy which denied or, if none did, of the one with
   * the least remaining.
   */
  public Decision decision() {
    if (policies.size() == 1) {
      return policies.get(0).decision;
    }
    Own denying = longestDenying();
    Own binding = denying == null ? leastRemaining() : denying;
    if (binding.decision.decidedBy() != null) {
      return Decision.undecided(
          binding.decision.limit(),
          denying == null ? FailurePolicy.FAIL_OPEN : FailurePolicy.FAIL_CLOSED);
    }
    long resetAfter = 0;
    long delay = 0;
    for (Own own : policies) {
      resetAfter = Math.max(resetAfter, own.decision.resetAfterMicros());
      delay = Math.max(delay, own.decision.delayMicros());
    }
    long remaining = leastRemaining().decision.remaining();
    return denying == null
        ? Decision.allow(binding.decision.limit(), remaining, resetAfter).delayedBy(delay)
        : Decision.deny(
            binding.decision.limit(), remaining, binding.decision.retryAfterMicros(), resetAfter);
  }

  private @Nullable Own longestDenying() {
    Own longest = null;
    // By index: an iterator for each decision was seen in a server's allocations.
    for (int i = 0; i < policies.size(); i++) {
      Own own = policies.get(i);
      boolean longer =
          longest == null || own.decision.retryAfterMicros() > longest.decision.retryAfterMicros();
      if (!own.decision.allowed() && longer) {
        longest = own;
      }
    }
    return longest;
  }

  private Own leastRemaining() {
    Own least = policies.get(0);
    for (Own own : policies) {
      if (own.decision.remaining() < least.decision.remaining()) {
        least = own;
      }
    }
    return least;
  }
}
