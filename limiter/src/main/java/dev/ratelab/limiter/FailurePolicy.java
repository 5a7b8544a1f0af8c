package dev.ratelab.limiter;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a limiter answers when its backend could not decide within the deadline. */
public enum FailurePolicy {
  /** Deny: nothing is admitted that the backend did not confirm. The default. */
  FAIL_CLOSED("fail-closed"),
  /** Allow: the limit is not enforced while the backend is away. */
  FAIL_OPEN("fail-open"),
  /** A limiter in this process decides on its share of the limit. Where there is none, deny. */
  LOCAL("local");

  private final String id;

  FailurePolicy(String id) {
    this.id = id;
  }

  /** The name in configuration and answers, for example {@code fail-closed}. */
  public String id() {
    return id;
  }

  /**
   * The failure policy of this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static FailurePolicy of(String id) {
    for (FailurePolicy policy : values()) {
      if (policy.id.equals(id)) {
        return policy;
      }
    }
    throw new IllegalArgumentException("'%s' is no failure policy; accepted: %s"
        .formatted(
            id, Arrays.stream(values()).map(FailurePolicy::id).collect(Collectors.joining(", "))));
  }

  @Override
  public String toString() {
    return id;
  }
}
