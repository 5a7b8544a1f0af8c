package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code A(t-W, t] + c ≤ N}: what a sliding window means, and what the others are compared with. */
final class ExactLogModel extends HistoryModel {
  ExactLogModel(OracleRule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    return history.admitted(at - rule().window(), at).add(cost).compareTo(permits()) <= 0;
  }

  @Override
  public BigInteger bound(long tau) {
    return permits().multiply(ceil(BigInteger.valueOf(tau), window()));
  }

  @Override
  public long[] worst(long from, double portion) {
    long window = rule().window();
    return new long[] {from, from + window, from + 2 * window};
  }
}
