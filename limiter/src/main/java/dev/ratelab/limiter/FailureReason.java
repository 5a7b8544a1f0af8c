package dev.ratelab.limiter;

/** Why the backend did not decide, and a failure policy did. */
public enum FailureReason {
  /** It was asked, and had not answered by the deadline. */
  DEADLINE("deadline"),
  /** It could not be asked, or answered with an error. */
  UNAVAILABLE("unavailable"),
  /** It was not asked: it has just failed too often. */
  BREAKER_OPEN("breaker-open"),
  /** It was not asked: as many decisions as may wait for it do already. */
  SHED("shed");

  private final String id;

  FailureReason(String id) {
    this.id = id;
  }

  /** The name in answers and metrics, for example {@code breaker-open}. */
  public String id() {
    return id;
  }

  @Override
  public String toString() {
    return id;
  }
}
