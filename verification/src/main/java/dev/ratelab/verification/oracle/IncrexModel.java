package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/**
 * {@code INCREX key BYINT c UBOUND N PX W}, of Redis 8.8 and Valkey 9.2, with or without {@code ENX}: admits iff {@code used + c ≤ N}. What is
 * used counts from the first admission on until the key expires. With {@code ENX} that is W after the first, without it W after the latest.
 */
final class IncrexModel extends Oracle {
  private final boolean enx;
  private BigInteger used = BigInteger.ZERO;
  private long expires;

  IncrexModel(OracleRule rule, boolean enx) {
    super(rule);
    this.enx = enx;
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    return usedAt(at).add(cost).compareTo(permits()) <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    used = usedAt(at).add(cost);
    if (at >= expires || !enx) {
      expires = at + rule().window();
    }
  }

  private BigInteger usedAt(long at) {
    return at >= expires ? BigInteger.ZERO : used;
  }

  /**
   * {@code N·ceil(τ/W)} without {@code ENX}. With it, {@code N·(m+1)} for {@code τ-1 = m·W}, and otherwise
   * {@code N·(m+2) - 1} for {@code m = floor((τ-1)/W)}: a window has been begun by a request, and it is not the one at its last instant.
   */
  @Override
  public BigInteger bound(long tau) {
    BigInteger[] windows = BigInteger.valueOf(tau - 1).divideAndRemainder(window());
    BigInteger begunInside = permits().multiply(windows[0].add(BigInteger.ONE));
    return enx && windows[1].signum() > 0
        ? begunInside.add(permits()).subtract(BigInteger.ONE)
        : begunInside;
  }

  /** All of the limit once a window, which is the most in W + 1. In between, one request must come first, alone. */
  @Override
  public long[] worst(long from, double portion) {
    return new long[] {from, from + rule().window()};
  }

  @Override
  public long longestLife() {
    return rule().window();
  }
}
