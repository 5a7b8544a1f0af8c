package dev.ratelab.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one policy alone, which has counted: 40 bytes, and no other object until it is asked for one. An admission has no wait
 * and a denial no delay, so one number is both.
 */
final class LoneDecision implements RequestDecision {
  private final ScopedPolicy policy;
  private final long remaining;
  private final long resetAfter;

  /** The delay of an admission, 0 or more; or the wait after a denial, its bits inverted and so below 0. */
  private final long delayOrWait;

  private LoneDecision(ScopedPolicy policy, long remaining, long resetAfter, long delayOrWait) {
    this.policy = policy;
    this.remaining = remaining;
    this.resetAfter = resetAfter;
    this.delayOrWait = delayOrWait;
  }

  static LoneDecision allow(ScopedPolicy policy, long remaining, long resetAfter, long delay) {
    return new LoneDecision(policy, remaining, resetAfter, notNegative("delay", delay));
  }

  static LoneDecision deny(ScopedPolicy policy, long remaining, long wait, long resetAfter) {
    return new LoneDecision(policy, remaining, resetAfter, ~notNegative("wait", wait));
  }

  private static long notNegative(String name, long micros) {
    if (micros < 0) {
      throw new IllegalArgumentException("%s is %s; accepted: 0 or more".formatted(name, micros));
    }
    return micros;
  }

  private boolean admits() {
    return delayOrWait >= 0;
  }

  private Decision own() {
    long limit = policy.policy().limit().permits();
    return admits()
        ? Decision.allow(limit, remaining, resetAfter).delayedBy(delayOrWait)
        : Decision.deny(limit, remaining, ~delayOrWait, resetAfter);
  }

  @Override
  public List<PolicyDecision> policies() {
    return List.of(PolicyDecision.of(policy, own()));
  }

  @Override
  public boolean allowed() {
    return admits() || policy.shadow();
  }

  @Override
  public @Nullable String deniedBy() {
    return allowed() ? null : policy.name();
  }

  @Override
  public boolean shadowed() {
    return policy.shadow();
  }

  @Override
  public Decision decision() {
    return policy.shadow() ? new JointDecision(policies()).decision() : own();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RequestDecision made && policies().equals(made.policies());
  }

  @Override
  public int hashCode() {
    return policies().hashCode();
  }

  @Override
  public String toString() {
    return JointDecision.text(policies());
  }
}
