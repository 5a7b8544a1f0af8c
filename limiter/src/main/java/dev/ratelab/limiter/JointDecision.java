package dev.ratelab.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one policy or several, each as an object.
 *
 * @param policies one or more
 */
record JointDecision(List<PolicyDecision> policies) implements RequestDecision {
  JointDecision {
    policies = List.copyOf(policies);
    if (policies.isEmpty()) {
      throw new IllegalArgumentException("no policy decided; accepted: at least one");
    }
  }

  @Override
  public boolean allowed() {
    return deniedBy() == null;
  }

  @Override
  public @Nullable String deniedBy() {
    PolicyDecision denying = longestDenying();
    return denying == null ? null : denying.policy();
  }

  @Override
  public boolean shadowed() {
    for (int i = 0; i < policies.size(); i++) {
      if (policies.get(i).shadow()) {
        return true;
      }
    }
    return false;
  }

  @Override
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

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RequestDecision made && policies.equals(made.policies());
  }

  @Override
  public int hashCode() {
    return policies.hashCode();
  }

  @Override
  public String toString() {
    return text(policies);
  }

  static String text(List<PolicyDecision> policies) {
    return "RequestDecision[policies=%s]".formatted(policies);
  }
}
