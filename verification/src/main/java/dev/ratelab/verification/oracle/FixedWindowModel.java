package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code cur + c ≤ N}. */
final class FixedWindowModel extends Oracle {
  private final History history = new History();

  FixedWindowModel(Rule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    long start = at / rule().window() * rule().window();
    return history.admitted(start - 1, at).add(cost).compareTo(permits()) <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    history.add(at, cost);
  }
}
