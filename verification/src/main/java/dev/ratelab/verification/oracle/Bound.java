package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** The catalogue's bounds on the arrival curve: E(τ), the most cost within any τ instants. */
public final class Bound {
  private Bound() {}

  /**
   * The most that is ever admitted in so many consecutive microseconds.
   *
   * @param tau τ, over 0
   * @throws IllegalArgumentException if the algorithm is unknown
   */
  public static BigInteger admitted(String algorithm, OracleRule rule, long tau) {
    return Oracle.of(algorithm, rule).bound(tau);
  }

  /** The most that a leaky bucket ever lets out in so many consecutive microseconds, each after its delay. */
  public static BigInteger output(OracleRule rule, long tau) {
    return new LeakyBucketModel(rule).outputBound(tau);
  }
}
