package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/**
 * What is believed of the last window where cost is counted in k buckets a window, and the truth. The sliding window counter has one
 * bucket a window. To stay in integers, everything is multiplied by W.
 *
 * @param previous the cost admitted in the oldest bucket that counts
 * @param current the cost admitted in the k buckets after it
 * @param elapsed r, the time since the newest bucket began, in 1/k of a microsecond: a bucket has W of them
 * @param truth A(t-W, t], what the exact log would count
 * @param window W in microseconds
 */
public record Estimate(
    BigInteger previous, BigInteger current, long elapsed, BigInteger truth, long window) {

  /** The estimate at an instant, from all that was admitted up to it. */
  public static Estimate at(History history, OracleRule rule, int buckets, long at) {
    long window = rule.window();
    long bucket = at * buckets / window;
    long oldest = firstOf(bucket - buckets, rule, buckets);
    long next = firstOf(bucket - buckets + 1, rule, buckets);
    return new Estimate(
        history.admitted(oldest - 1, next - 1),
        history.admitted(next - 1, at),
        at * buckets % window,
        history.admitted(at - window, at),
        window);
  }

  /** The first microsecond of a bucket, by its number from the epoch. */
  public static long firstOf(long bucket, OracleRule rule, int buckets) {
    return -Math.floorDiv(-bucket * rule.window(), buckets);
  }

  /** {@code previous·(W-r) + current·W}. */
  public BigInteger timesWindow() {
    return previous.multiply(BigInteger.valueOf(window - elapsed)).add(scaled(current));
  }

  /** Whether {@code -previous·r/W ≤ estimate - truth ≤ previous·(1 - r/W)}. */
  public boolean isWithinItsError() {
    BigInteger error = timesWindow().subtract(scaled(truth));
    BigInteger below = previous.multiply(BigInteger.valueOf(elapsed)).negate();
    BigInteger above = previous.multiply(BigInteger.valueOf(window - elapsed));
    return error.compareTo(below) >= 0 && error.compareTo(above) <= 0;
  }

  private BigInteger scaled(BigInteger cost) {
    return cost.multiply(BigInteger.valueOf(window));
  }
}
