package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/**
 * A queue that lets one unit out every T = W/N. Admits iff {@code max(TAT, t) + (c-1)·T - t ≤ D·T}, D the queue's depth,
 * which is one less than the burst: one is served while D wait. An admitted request leaves at max(TAT, t), and as time
 * is whole microseconds, at the first of them that is not too early.
 */
final class LeakyBucketModel extends Oracle {
  /** When the queue runs empty, times N. */
  private BigInteger tat = BigInteger.ZERO;

  LeakyBucketModel(Rule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    BigInteger depth = burst().subtract(BigInteger.ONE);
    BigInteger lastLeaves = waiting(at).add(cost.subtract(BigInteger.ONE).multiply(window()));
    return lastLeaves.compareTo(depth.multiply(window())) <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    tat = tat.max(scaled(at)).add(cost.multiply(window()));
  }

  @Override
  long delay(long at) {
    BigInteger[] micros = waiting(at).divideAndRemainder(permits());
    return micros[0].longValueExact() + micros[1].signum();
  }

  /** max(TAT, t) - t, times N. */
  private BigInteger waiting(long at) {
    return tat.subtract(scaled(at)).max(BigInteger.ZERO);
  }

  private BigInteger scaled(long at) {
    return permits().multiply(BigInteger.valueOf(at));
  }
}
