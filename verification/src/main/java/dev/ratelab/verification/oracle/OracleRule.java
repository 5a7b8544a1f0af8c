package dev.ratelab.verification.oracle;

/**
 * What a model enforces.
 *
 * @param permits N, the cost per window
 * @param window W in microseconds
 * @param burst B, the cost that a bucket admits in one instant; N for the algorithms without a burst
 * @param buckets k, the parts of the window that are counted apart where an algorithm does so
 */
public record OracleRule(long permits, long window, long burst, int buckets) {
  private static final int USUAL_BUCKETS = 10;

  /** A rule with the usual number of buckets. */
  public OracleRule(long permits, long window, long burst) {
    this(permits, window, burst, USUAL_BUCKETS);
  }
}
