package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** The catalogue's bounds on the arrival curve: E(τ), the most cost admitted within any τ instants. */
public final class Bound {
  private Bound() {}

  /**
   * The most that is ever admitted in so many consecutive microseconds.
   *
   * <p>The catalogue bounds the sliding window counter for τ ≤ W+1. The same formula holds beyond, though no longer
   * tight. Let the interval touch the windows 0 to m, the last admission of window m at elapsed e, so that τ ≥ 2 +
   * (m-1)·W + e. The counter's condition gives a(m-1) + a(m) ≤ N + a(m-1)·e/W ≤ N + N·e/W; the windows before them hold
   * at most N·(m-1) by induction over m; together N·m + N·e/W, which is at most N + N·(τ-2)/W.
   *
   * @param algorithm its name in the catalogue
   * @param rule what it enforces
   * @param tau τ, over 0
   * @throws IllegalArgumentException if the algorithm is unknown
   */
  public static BigInteger admitted(String algorithm, Rule rule, long tau) {
    BigInteger permits = BigInteger.valueOf(rule.permits());
    BigInteger window = BigInteger.valueOf(rule.window());
    BigInteger instants = BigInteger.valueOf(tau);
    BigInteger gap = instants.subtract(BigInteger.ONE);
    return switch (algorithm) {
      case "fixed-window" -> permits.multiply(BigInteger.ONE.add(ceil(gap, window)));
      case "sliding-window-log" -> permits.multiply(ceil(instants, window));
      case "sliding-window-counter" ->
        tau == 1
            ? permits
            : permits.add(permits.multiply(instants.subtract(BigInteger.TWO)).divide(window));
      case "token-bucket", "gcra", "leaky-bucket" ->
        BigInteger.valueOf(rule.burst()).add(permits.multiply(gap).divide(window));
      default -> throw new IllegalArgumentException("no bound for '%s'".formatted(algorithm));
    };
  }

  /**
   * The most that a leaky bucket ever lets out in so many consecutive microseconds: {@code 1 + floor((τ-1)/T)} where T is
   * a whole number, and {@code ceil(τ/T)}, which is the same there, where outputs wait for the next whole microsecond.
   *
   * @param rule what it enforces
   * @param tau τ, over 0
   */
  public static BigInteger output(Rule rule, long tau) {
    return ceil(
        BigInteger.valueOf(tau).multiply(BigInteger.valueOf(rule.permits())),
        BigInteger.valueOf(rule.window()));
  }

  private static BigInteger ceil(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    return parts[0].add(BigInteger.valueOf(parts[1].signum()));
  }
}
