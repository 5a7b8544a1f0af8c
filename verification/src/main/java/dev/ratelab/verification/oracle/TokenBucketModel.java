package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code min(B, tokens + r·Δ) ≥ c}, r = N/W; a new bucket is full. */
final class TokenBucketModel extends BucketModel {
  /** Tokens times W at the last admission. */
  private BigInteger tokens;

  private long since;

  TokenBucketModel(OracleRule rule) {
    super(rule);
    tokens = burst().multiply(window());
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    return tokensAt(at).compareTo(cost.multiply(window())) >= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    tokens = tokensAt(at).subtract(cost.multiply(window()));
    since = at;
  }

  private BigInteger tokensAt(long at) {
    BigInteger refilled = tokens.add(permits().multiply(BigInteger.valueOf(at - since)));
    return refilled.min(burst().multiply(window()));
  }
}
