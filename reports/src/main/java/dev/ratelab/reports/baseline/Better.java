package dev.ratelab.reports.baseline;

import dev.ratelab.reports.results.Measurement;

/** Which direction of a number is the better one: the last column of {@code docs/results-format.md}. */
public enum Better {
  HIGHER,
  LOWER,
  /** Shown, never judged. */
  NEITHER;

  /** How a workload's name ends whose numbers are what was seen for certain and no measure of us. */
  private static final String REAL_CLOCK = "-real-clock";

  /** The direction of a metric; {@link #NEITHER} for one that the format does not list. */
  public static Better of(String experiment, String metric) {
    return switch (experiment + "/" + metric) {
      case "throughput/operations",
          "scaling/operations",
          "http/slo-rate",
          "verification/property" -> HIGHER;
      case "latency/p50",
          "latency/p90",
          "latency/p99",
          "latency/p99.9",
          "http/p50",
          "http/p90",
          "http/p99",
          "http/p99.9",
          "burst/max-in-window",
          "accuracy/wrongly-allowed",
          "accuracy/wrongly-denied",
          "accuracy/differ",
          "memory/bytes-per-key",
          "throughput/bytes-per-decision",
          "scaling/bytes-per-decision",
          "scaling/time-per-decision",
          "redis-cost/usec-per-script",
          "redis-cost/scripts-per-decision",
          "redis-cost/cpu-per-decision",
          "redis-cost/commands-per-decision",
          "redis-cost/network-bytes-per-decision",
          "tenant-cost/usec-per-script",
          "tenant-cost/cpu-per-decision",
          "tenant-cost/commands-per-decision" -> LOWER;
      default -> NEITHER;
    };
  }

  /** The direction that a row is judged by: a peer or a physical limit says something about the machine only, and
   * so does how near an attacker came on the real clock. */
  static Better of(Measurement row) {
    return row.subject().equals(Measurement.RATELAB) && !row.workload().endsWith(REAL_CLOCK)
        ? of(row.experiment(), row.metric())
        : NEITHER;
  }
}
