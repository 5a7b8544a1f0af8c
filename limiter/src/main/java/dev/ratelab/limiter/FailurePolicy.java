package dev.ratelab.limiter;

/** What a limiter answers when its backend could not decide within the deadline. */
public enum FailurePolicy {
  /** Deny: nothing is admitted that the backend did not confirm. The default. */
  FAIL_CLOSED("fail-closed"),
  /** Allow: the limit is not enforced while the backend is away. */
  FAIL_OPEN("fail-open");

  private final String id;

  FailurePolicy(String id) {
    this.id = id;
  }

  /** The name in configuration and answers, for example {@code fail-closed}. */
  public String id() {
    return id;
  }

  @Override
  public String toString() {
    return id;
  }
}
