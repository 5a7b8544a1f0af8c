package dev.ratelab.verification.replication;

import java.util.Locale;

/** What is measured of each request. A share of requests, unless said otherwise; three kinds of comparison, never mixed. */
public enum Measure {
  /** The counter denies. */
  DENIED,
  /** Decision against decision: the counter admits, and an exact log beside it, with a history of its own, denies. */
  WRONGLY_ALLOWED,
  /** Decision against decision: the counter denies, and an exact log beside it admits. */
  WRONGLY_DENIED,
  /** On the counter's own history: it admits though A(t-W, t] leaves no room. */
  OWN_OVER,
  /** On the counter's own history: it denies though A(t-W, t] leaves room. */
  OWN_NEEDLESS,
  /** On the counter's own history: mean of |estimate - truth| / truth, this request counted in both. */
  OWN_ERROR,
  /** Everything counted, nobody held back: more than N came in the last window, and the estimate says no more than N. */
  OFFERED_MISSED,
  /** Everything counted, nobody held back: at most N came in the last window, and the estimate says more. */
  OFFERED_FALSE,
  /** Everything counted, nobody held back: mean of |estimate - truth| / truth. */
  OFFERED_ERROR;

  /** The metric's name in the results. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether it counts requests, so that it is a share. */
  boolean isCount() {
    return this != OWN_ERROR && this != OFFERED_ERROR;
  }
}
