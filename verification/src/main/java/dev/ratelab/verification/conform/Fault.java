package dev.ratelab.verification.conform;

/** The kinds of broken promise, in the order in which they are looked for: an earlier one explains what a later one would show. */
public enum Fault {
  /** No answer, or none that can be read. */
  NO_ANSWER("gives no answer"),
  /** More is admitted in some interval than the curve allows. */
  OVER_LIMIT("admits more than it promises"),
  /** State is gone before its time. */
  FORGETS_EARLY("forgets what it admitted too early"),
  /** A request is denied though there surely is room. */
  TOO_STRICT("denies what it promises to admit"),
  /** After a denial and a long silence it still denies. */
  NO_RECOVERY("does not recover after a denial"),
  /** Denied requests take from what is left. */
  DENIED_IS_CHARGED("charges requests that it denies"),
  /** Requests under way at the same time get more, or less, than one after the other. */
  RACE("counts wrongly when asked from several places at once"),
  /** A request's weight is not what it says. */
  COST("does not count a request's cost"),
  /** Different keys count together. */
  SHARED_KEYS("counts different keys as one"),
  /** An instance whose clock is off counts differently. */
  CALLERS_CLOCK("decides by the caller's clock"),
  /** The wait it tells is not the wait until it admits. */
  RETRY_AFTER("tells a wrong wait until the next admission"),
  /** The wait it tells is not the wait until it is as new. */
  RESET_AFTER("tells a wrong wait until it is as new"),
  /** What is left is not what it tells. */
  REMAINING("tells a wrong rest"),
  /** State of keys that are over is kept. */
  NEVER_FORGETS("keeps state that is over");

  private final String title;

  Fault(String title) {
    this.title = title;
  }

  /** A few words that follow the limiter's name. */
  public String title() {
    return title;
  }
}
