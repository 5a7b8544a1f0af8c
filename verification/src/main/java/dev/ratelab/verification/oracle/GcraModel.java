package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code max(TAT, t) + c·T - t ≤ B·T}, T = W/N; then TAT becomes max(TAT, t) + c·T. */
class GcraModel extends BucketModel {
  /** TAT times N. */
  private BigInteger tat = BigInteger.ZERO;

  GcraModel(OracleRule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    return waiting(at).add(cost.multiply(window())).compareTo(burst().multiply(window())) <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    tat = tat.max(scaled(at)).add(cost.multiply(window()));
  }

  /** max(TAT, t) - t, times N. */
  final BigInteger waiting(long at) {
    return tat.subtract(scaled(at)).max(BigInteger.ZERO);
  }

  private BigInteger scaled(long at) {
    return permits().multiply(BigInteger.valueOf(at));
  }
}
