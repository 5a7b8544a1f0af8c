package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/**
 * Counts in k buckets a window: admits iff {@code old·(W-r) + (rest+c)·W ≤ N·W}, which is that the estimate of {@link Estimate} and
 * the cost together fit. With one bucket a window, these are the windows of the sliding window counter.
 */
final class CounterModel extends HistoryModel {
  private final int buckets;
  private final BigInteger k;

  CounterModel(OracleRule rule, int buckets) {
    super(rule);
    this.buckets = buckets;
    k = BigInteger.valueOf(buckets);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    BigInteger wanted = cost.multiply(window());
    return Estimate.at(history, rule(), buckets, at)
            .timesWindow()
            .add(wanted)
            .compareTo(permits().multiply(window()))
        <= 0;
  }

  @Override
  public int buckets() {
    return buckets;
  }

  /** {@code N·m + floor(N·min(W, ρ)/W)}, and N where m = 0, for {@code k·(τ-1) + W - gcd(k, W) = m·k·W + ρ}. */
  @Override
  public BigInteger bound(long tau) {
    BigInteger reach =
        k.multiply(BigInteger.valueOf(tau - 1)).add(window()).subtract(k.gcd(window()));
    BigInteger[] parts = reach.divideAndRemainder(k.multiply(window()));
    return parts[0].signum() == 0
        ? permits()
        : permits()
            .multiply(parts[0])
            .add(permits().multiply(parts[1].min(window())).divide(window()));
  }

  /** All of the limit as late in a bucket as any instant is, then what its falling weight has made room for. */
  @Override
  public long[] worst(long from, double portion) {
    BigInteger common = k.gcd(window());
    BigInteger period = window().divide(common);
    BigInteger last = k.divide(common).modInverse(period).negate();
    long first = from + last.subtract(BigInteger.valueOf(from)).mod(period).longValueExact();
    long falling = window().subtract(common).divide(k).longValueExact();
    return new long[] {first, first + rule().window() - falling + (long) (portion * falling)};
  }

  @Override
  public long longestLife() {
    return rule().window() + ceil(window(), k).longValueExact();
  }
}
