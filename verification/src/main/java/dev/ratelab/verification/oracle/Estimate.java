package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/**
 * What the sliding window counter believes of the last window, and the truth. To stay in integers, everything is
 * multiplied by W.
 *
 * @param previous the cost admitted in the window before
 * @param current the cost admitted in this window
 * @param elapsed e, the microseconds since this window began
 * @param truth A(t-W, t], what the exact log would count
 * @param window W in microseconds
 */
public record Estimate(
    BigInteger previous, BigInteger current, long elapsed, BigInteger truth, long window) {

  /** The estimate at an instant, from all that was admitted up to it. */
  public static Estimate at(History history, Rule rule, long at) {
    long window = rule.window();
    long start = at / window * window;
    return new Estimate(
        history.admitted(start - window - 1, start - 1),
        history.admitted(start - 1, at),
        at - start,
        history.admitted(at - window, at),
        window);
  }

  /** {@code prev·(W-e) + cur·W}. */
  public BigInteger timesWindow() {
    return previous.multiply(BigInteger.valueOf(window - elapsed)).add(scaled(current));
  }

  /** Whether {@code -prev·e/W ≤ estimate - truth ≤ prev·(1 - e/W)}. */
  public boolean isWithinItsError() {
    BigInteger error = timesWindow().subtract(scaled(truth));
    BigInteger below = previous.multiply(BigInteger.valueOf(elapsed)).negate();
    BigInteger above = previous.multiply(BigInteger.valueOf(window - elapsed));
    return error.compareTo(below) >= 0 && error.compareTo(above) <= 0;
  }

  private BigInteger scaled(BigInteger cost) {
    return cost.multiply(BigInteger.valueOf(window));
  }
}
