package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/**
 * A queue that lets one unit out every T = W/N. Admits iff {@code max(TAT, t) + (c-1)·T - t ≤ D·T}, D the queue's depth,
 * which is one less than the burst: one is served while D wait. An admitted request leaves at max(TAT, t), and as time
 * is whole microseconds, at the first of them that is not too early.
 */
final class LeakyBucketModel extends GcraModel {
  LeakyBucketModel(OracleRule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    BigInteger depth = burst().subtract(BigInteger.ONE);
    BigInteger lastLeaves = waiting(at).add(cost.subtract(BigInteger.ONE).multiply(window()));
    return lastLeaves.compareTo(depth.multiply(window())) <= 0;
  }

  @Override
  long delay(long at) {
    return ceil(waiting(at), permits()).longValueExact();
  }

  /** {@code 1 + floor((τ-1)/T)} where T is whole, and {@code ceil(τ/T)}, the same there, where outputs wait for the next microsecond. */
  @Override
  public BigInteger outputBound(long tau) {
    return ceil(permits().multiply(BigInteger.valueOf(tau)), window());
  }
}
