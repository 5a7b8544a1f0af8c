package dev.ratelab.bench;

import java.util.Arrays;
import java.util.Locale;

/** How much effort a run spends on its numbers. */
public enum Profile {
  /** A few seconds: every step once, to see that the line is whole. Its numbers mean nothing. */
  SMOKE,
  /** Minutes on a laptop, the default. */
  QUICK,
  /** Long enough to publish. */
  FULL;

  /** The name on the command line and in the results. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The profile of this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Profile of(String id) {
    return Arrays.stream(values())
        .filter(profile -> profile.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(
            "'%s' is no profile; accepted: quick, full".formatted(id)));
  }

  @Override
  public String toString() {
    return id();
  }
}
