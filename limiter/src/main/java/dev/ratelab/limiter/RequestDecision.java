package dev.ratelab.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link Request}.
 *
 * @param policies what each policy answers, in the request's order. Where another one denies, a policy that admits was not
 *     charged, and tells of a key as it stands: {@code remaining} and {@code resetAfter} without this request
 */
public record RequestDecision(List<PolicyDecision> policies) {
  /** The answer of at least one policy. */
  public RequestDecision {
    policies = List.copyOf(policies);
    if (policies.isEmpty()) {
      throw new IllegalArgumentException("no policy decided; accepted: at least one");
    }
  }

  /** The answer of one policy alone. */
  public static RequestDecision of(String policy, Decision decision) {
    return new RequestDecision(List.of(new PolicyDecision(policy, decision)));
  }

  /** The answer of one policy alone, which may be in shadow. */
  public static RequestDecision of(ScopedPolicy policy, Decision decision) {
    return new RequestDecision(List.of(PolicyDecision.of(policy, decision)));
  }

  /**
   * What the policies that were {@linkplain Request#asked() asked} decide, and the others, which could never admit such a cost,
   * deny: with nothing remaining, and no wait that would help.
   *
   * @param asked the decisions, in the order of those policies
   */
  public static RequestDecision of(Request request, List<Decision> asked) {
    PolicyDecision[] all = new PolicyDecision[request.policies().size()];
    int next = 0;
    for (int i = 0; i < all.length; i++) {
      ScopedPolicy policy = request.policies().get(i);
      all[i] = PolicyDecision.of(
          policy,
          request.asks(policy)
              ? asked.get(next++)
              : Decision.deny(policy.policy().limit().permits(), 0, 0, 0));
    }
    return new RequestDecision(List.of(all));
  }

  /** The answer of each policy's failure policy, where the backend gave none and nobody else counts. */
  public static RequestDecision undecided(Request request, FailureReason because) {
    return new RequestDecision(request.policies().stream()
        .map(policy -> PolicyDecision.of(
            policy,
            Decision.undecided(
                policy.policy().limit().permits(), policy.policy().onFailure(), because)))
        .toList());
  }

  /** Whether all policies that are enforced admitted the request. */
  public boolean allowed() {
    return deniedBy() == null;
  }

  /**
   * Of the policies that deny, the one that does so for longest: waiting for it is enough. One that fails closed goes before, since
   * nobody knows for how long. Null if all that are enforced admit.
   */
  public @Nullable String deniedBy() {
    PolicyDecision denying = longestDenying();
    return denying == null ? null : denying.policy();
  }

  /** Whether a policy is in shadow. */
  public boolean shadowed() {
    for (int i = 0; i < policies.size(); i++) {
      if (policies.get(i).shadow()) {
        return true;
      }
    }
    return false;
  }

  /**
   * All answers as one, those in shadow left out: {@code remaining} is the least, {@code retryAfter} the largest of those that deny,
   * {@code resetAfter} and {@code delay} the largest of all. {@code limit} is that of the policy which denied or, if none did, of the
   * one with the least remaining. Where all are in shadow, the request is allowed at once, and the rest is what they say.
   */
  public Decision decision() {
    if (policies.size() == 1 && !policies.get(0).shadow()) {
      return policies.get(0).decision();
    }
    List<PolicyDecision> enforced =
        policies.stream().filter(own -> !own.shadow()).toList();
    if (enforced.isEmpty()) {
      return allowed(together(policies, null));
    }
    return enforced.size() == 1 ? enforced.get(0).decision() : together(enforced, longestDenying());
  }

  private static Decision together(List<PolicyDecision> all, @Nullable PolicyDecision denying) {
    List<PolicyDecision> counted =
        all.stream().filter(own -> own.decision().counted()).toList();
    PolicyDecision least = leastRemaining(counted.isEmpty() ? all : counted);
    Decision binding = denying == null ? least.decision() : denying.decision();
    if (!binding.counted()) {
      return binding;
    }
    long resetAfter = 0;
    long delay = 0;
    for (PolicyDecision own : counted) {
      resetAfter = Math.max(resetAfter, own.decision().resetAfterMicros());
      delay = Math.max(delay, own.decision().delayMicros());
    }
    return new Decision(
        denying == null,
        binding.limit(),
        least.decision().remaining(),
        denying == null ? 0 : binding.retryAfterMicros(),
        resetAfter,
        denying == null ? delay : 0,
        binding.decidedBy(),
        binding.because());
  }

  /** Nobody is held back by a policy in shadow. */
  private static Decision allowed(Decision shadow) {
    return new Decision(
        true,
        shadow.limit(),
        shadow.remaining(),
        0,
        shadow.resetAfterMicros(),
        0,
        shadow.decidedBy(),
        shadow.because());
  }

  private @Nullable PolicyDecision longestDenying() {
    PolicyDecision longest = null;
    // By index: an iterator for each decision was seen in a server's allocations.
    for (int i = 0; i < policies.size(); i++) {
      PolicyDecision own = policies.get(i);
      if (own.denies() && !own.decision().counted()) {
        return own;
      }
      boolean longer = longest == null
          || own.decision().retryAfterMicros() > longest.decision().retryAfterMicros();
      if (own.denies() && longer) {
        longest = own;
      }
    }
    return longest;
  }

  private static PolicyDecision leastRemaining(List<PolicyDecision> policies) {
    PolicyDecision least = policies.get(0);
    for (PolicyDecision own : policies) {
      if (own.decision().remaining() < least.decision().remaining()) {
        least = own;
      }
    }
    return least;
  }
}
