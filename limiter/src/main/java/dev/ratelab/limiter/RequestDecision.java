package dev.ratelab.limiter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The answer to a {@link Request}. Two are equal if all policies answer the same. */
public sealed interface RequestDecision permits JointDecision, LoneDecision {
  /**
   * The answers of several policies.
   *
   * @param policies one or more, in the request's order
   * @throws IllegalArgumentException if there are none
   */
  static RequestDecision of(List<PolicyDecision> policies) {
    return new JointDecision(policies);
  }

  /** The answer of one policy alone. */
  static RequestDecision of(String policy, Decision decision) {
    return of(List.of(new PolicyDecision(policy, decision)));
  }

  /** The answer of one policy alone, which may be in shadow. */
  static RequestDecision of(ScopedPolicy policy, Decision decision) {
    return of(List.of(PolicyDecision.of(policy, decision)));
  }

  /**
   * The admission of one policy alone, its numbers as in {@link Decision}.
   *
   * @throws IllegalArgumentException if the delay is below 0
   */
  static RequestDecision allow(
      ScopedPolicy policy, long remaining, long resetAfterMicros, long delayMicros) {
    return LoneDecision.allow(policy, remaining, resetAfterMicros, delayMicros);
  }

  /**
   * The denial of one policy alone, its numbers as in {@link Decision}.
   *
   * @throws IllegalArgumentException if the wait is below 0
   */
  static RequestDecision deny(
      ScopedPolicy policy, long remaining, long retryAfterMicros, long resetAfterMicros) {
    return LoneDecision.deny(policy, remaining, retryAfterMicros, resetAfterMicros);
  }

  /**
   * What the policies that were {@linkplain Request#asked() asked} decide, and the others, which could never admit such a cost,
   * deny: with nothing remaining, and no wait that would help.
   *
   * @param asked the decisions, in the order of those policies
   */
  static RequestDecision of(Request request, List<Decision> asked) {
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
    return of(List.of(all));
  }

  /** The answer of each policy's failure policy, where the backend gave none and nobody else counts. */
  static RequestDecision undecided(Request request, FailureReason because) {
    return of(request.policies().stream()
        .map(policy -> PolicyDecision.of(
            policy,
            Decision.undecided(
                policy.policy().limit().permits(), policy.policy().onFailure(), because)))
        .toList());
  }

  /**
   * What each policy answers, in the request's order. Where another one denies, a policy that admits was not charged, and tells of a key
   * as it stands: {@code remaining} and {@code resetAfter} without this request.
   */
  List<PolicyDecision> policies();

  /** Whether all policies that are enforced admitted the request. */
  boolean allowed();

  /**
   * Of the policies that deny, the one that does so for longest: waiting for it is enough. One that fails closed goes before, since
   * nobody knows for how long. Null if all that are enforced admit.
   */
  @Nullable
  String deniedBy();

  /** Whether a policy is in shadow. */
  boolean shadowed();

  /**
   * All answers as one, those in shadow left out: {@code remaining} is the least, {@code retryAfter} the largest of those that deny,
   * {@code resetAfter} and {@code delay} the largest of all. {@code limit} is that of the policy which denied or, if none did, of the
   * one with the least remaining. Where all are in shadow, the request is allowed at once, and the rest is what they say.
   */
  Decision decision();
}
