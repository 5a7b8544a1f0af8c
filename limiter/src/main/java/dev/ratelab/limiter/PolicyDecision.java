package dev.ratelab.limiter;

/**
 * One policy's answer to a {@link Request}.
 *
 * @param policy its name
 * @param decision what it decides by itself
 * @param shadow whether that is only shown
 */
public record PolicyDecision(String policy, Decision decision, boolean shadow) {
  /** The answer of a policy that is enforced. */
  public PolicyDecision(String policy, Decision decision) {
    this(policy, decision, false);
  }

  /** The answer of a policy. */
  public static PolicyDecision of(ScopedPolicy policy, Decision decision) {
    return new PolicyDecision(policy.name(), decision, policy.shadow());
  }

  boolean denies() {
    return !shadow && !decision.allowed();
  }
}
