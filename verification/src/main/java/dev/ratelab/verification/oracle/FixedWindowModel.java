package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code cur + c ≤ N}. */
final class FixedWindowModel extends HistoryModel {
  FixedWindowModel(OracleRule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    long start = at / rule().window() * rule().window();
    return history.admitted(start - 1, at).add(cost).compareTo(permits()) <= 0;
  }

  @Override
  public BigInteger bound(long tau) {
    return permits().multiply(ceil(BigInteger.valueOf(tau - 1), window()).add(BigInteger.ONE));
  }

  @Override
  public long[] worst(long from, double portion) {
    long edge = (from / rule().window() + 1) * rule().window();
    return new long[] {edge - 1, edge, edge + rule().window()};
  }
}
