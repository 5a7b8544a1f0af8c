package dev.ratelab.verification.property;

/** A promise was broken. The message tells which, and what had happened up to there. */
public final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final transient Played played;

  Violation(Played played, String what) {
    super("%s: %s%n  %s%n%s"
        .formatted(played.subject().name(), what, played.scenario().describe(), played.table()));
    this.what = what;
    this.played = played;
  }

  public String what() {
    return what;
  }

  /**
   * The history in which it shows, up to where it went wrong: that of the scenario that was checked, or of one that the property
   * made from it.
   */
  public Played played() {
    return played;
  }
}
