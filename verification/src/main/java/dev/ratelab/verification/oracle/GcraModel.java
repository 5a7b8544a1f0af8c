package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code max(TAT, t) + c·T - t ≤ B·T}, T = W/N; then TAT becomes max(TAT, t) + c·T. */
final class GcraModel extends Oracle {
  /** TAT times N. */
  private BigInteger tat = BigInteger.ZERO;

  GcraModel(Rule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    BigInteger ahead = start(at).subtract(scaled(at));
    return ahead.add(cost.multiply(window())).compareTo(burst().multiply(window())) <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    tat = start(at).add(cost.multiply(window()));
  }

  private BigInteger start(long at) {
    return tat.max(scaled(at));
  }

  private BigInteger scaled(long at) {
    return permits().multiply(BigInteger.valueOf(at));
  }
}
