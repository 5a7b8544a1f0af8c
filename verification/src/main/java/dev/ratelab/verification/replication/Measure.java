package dev.ratelab.verification.replication;

import dev.ratelab.reports.results.Metric;

/** What is measured of each request. A share of requests, unless said otherwise; three kinds of comparison, never mixed. */
public enum Measure {
  DENIED(Metric.SHARE_DENIED),
  /** Decision against decision: the counter admits, and an exact log beside it, with a history of its own, denies. */
  WRONGLY_ALLOWED(Metric.SHARE_WRONGLY_ALLOWED),
  /** Decision against decision: the counter denies, and an exact log beside it admits. */
  WRONGLY_DENIED(Metric.SHARE_WRONGLY_DENIED),
  /** On the counter's own history: it admits though A(t-W, t] leaves no room. */
  OWN_OVER(Metric.OWN_OVER),
  /** On the counter's own history: it denies though A(t-W, t] leaves room. */
  OWN_NEEDLESS(Metric.OWN_NEEDLESS),
  /** On the counter's own history: mean of |estimate - truth| / truth, this request counted in both. */
  OWN_ERROR(Metric.OWN_ERROR),
  /** Everything counted, nobody held back: more than N came in the last window, and the estimate says no more than N. */
  OFFERED_MISSED(Metric.OFFERED_MISSED),
  /** Everything counted, nobody held back: at most N came in the last window, and the estimate says more. */
  OFFERED_FALSE(Metric.OFFERED_FALSE),
  /** Everything counted, nobody held back: mean of |estimate - truth| / truth. */
  OFFERED_ERROR(Metric.OFFERED_ERROR);

  private final Metric metric;

  Measure(Metric metric) {
    this.metric = metric;
  }

  public Metric metric() {
    return metric;
  }

  /** Whether it counts requests, so that it is a share. */
  boolean isCount() {
    return this != OWN_ERROR && this != OFFERED_ERROR;
  }
}
