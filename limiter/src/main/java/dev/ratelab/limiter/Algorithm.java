package dev.ratelab.limiter;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The algorithms that a {@link Policy} can name. What each of them promises is in {@code docs/algorithms.md}. */
public enum Algorithm {
  /** A counter per window of fixed boundaries; 2N can pass in two instants around a boundary. */
  FIXED_WINDOW("fixed-window", Parameter.NONE),
  /** Two adjacent windows, the previous one weighted by its overlap with the sliding window. */
  SLIDING_WINDOW_COUNTER("sliding-window-counter", Parameter.NONE),
  /** The window in parts of fixed boundaries, the oldest of them weighted by its overlap: between the counter and the log. */
  SLIDING_WINDOW_BUCKETS("sliding-window-buckets", Parameter.BUCKETS),
  /** The timestamps of all that was admitted within the last window: exact, and as large as the limit. */
  SLIDING_WINDOW_LOG("sliding-window-log", Parameter.NONE),
  /** Tokens that refill at N per window up to the burst. */
  TOKEN_BUCKET("token-bucket", Parameter.BURST),
  /** The generic cell rate algorithm (ITU-T I.371): the token bucket as one theoretical arrival time. */
  GCRA("gcra", Parameter.BURST),
  /** A queue that drains at N per window; the decision carries the delay that smooths the output. */
  LEAKY_BUCKET("leaky-bucket", Parameter.BURST);

  private final String id;
  private final Parameter parameter;

  Algorithm(String id, Parameter parameter) {
    this.id = id;
    this.parameter = parameter;
  }

  private enum Parameter {
    NONE,
    BURST,
    BUCKETS
  }

  /** The name in configuration, results and pages, for example {@code fixed-window}. */
  public String id() {
    return id;
  }

  /** Whether a burst other than the limit's permits has a meaning. */
  public boolean usesBurst() {
    return parameter == Parameter.BURST;
  }

  /** Whether a number of buckets other than {@link Limit#DEFAULT_BUCKETS} has a meaning. */
  public boolean usesBuckets() {
    return parameter == Parameter.BUCKETS;
  }

  /** What the algorithm takes from a limit beside permits and window: its buckets or its burst, which is the permits unless set. */
  public long parameter(Limit limit) {
    return usesBuckets() ? limit.buckets() : limit.burst();
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
