package dev.ratelab.limiter;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The algorithms that a {@link Policy} can name. What each of them promises is in {@code docs/algorithms.md}. */
public enum Algorithm {
  /** A counter per window of fixed boundaries; 2N can pass in two instants around a boundary. */
  FIXED_WINDOW("fixed-window", false),
  /** Two adjacent windows, the previous one weighted by its overlap with the sliding window. */
  SLIDING_WINDOW_COUNTER("sliding-window-counter", false),
  /** The timestamps of all that was admitted within the last window: exact, and as large as the limit. */
  SLIDING_WINDOW_LOG("sliding-window-log", false),
  /** Tokens that refill at N per window up to the burst. */
  TOKEN_BUCKET("token-bucket", true),
  /** The generic cell rate algorithm (ITU-T I.371): the token bucket as one theoretical arrival time. */
  GCRA("gcra", true),
  /** A queue that drains at N per window; the decision carries the delay that smooths the output. */
  LEAKY_BUCKET("leaky-bucket", true);

  private final String id;
  private final boolean usesBurst;

  Algorithm(String id, boolean usesBurst) {
    this.id = id;
    this.usesBurst = usesBurst;
  }

  /** The name in configuration, results and pages, for example {@code fixed-window}. */
  public String id() {
    return id;
  }

  /** Whether a burst other than the limit's permits has a meaning. */
  public boolean usesBurst() {
    return usesBurst;
  }

  /**
   * The algorithm of this {@link #id()}.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static Algorithm of(String id) {
    for (Algorithm algorithm : values()) {
      if (algorithm.id.equals(id)) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException("unknown algorithm '%s'; accepted: %s"
        .formatted(
            id, Arrays.stream(values()).map(Algorithm::id).collect(Collectors.joining(", "))));
  }

  @Override
  public String toString() {
    return id;
  }
}
