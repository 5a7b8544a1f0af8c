package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** What the algorithms with a burst have in common: B at once, and then the rate. */
abstract class BucketModel extends Oracle {
  BucketModel(OracleRule rule) {
    super(rule);
  }

  @Override
  public BigInteger bound(long tau) {
    return burst().add(permits().multiply(BigInteger.valueOf(tau - 1)).divide(window()));
  }

  /** The whole burst at once, then what has come back, before the bucket is full again and within a window. */
  @Override
  public long[] worst(long from, double portion) {
    return new long[] {
      from, from + (long) (portion * Math.min(longestLife() - 1, rule().window()))
    };
  }

  @Override
  public long longestLife() {
    return burst().multiply(window()).divide(permits()).longValueExact() + 1;
  }
}
