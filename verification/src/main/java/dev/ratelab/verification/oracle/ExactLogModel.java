package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code A(t-W, t] + c ≤ N}: what a sliding window means, and what the others are compared with. */
final class ExactLogModel extends Oracle {
  private final History history = new History();

  ExactLogModel(Rule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    return history.admitted(at - rule().window(), at).add(cost).compareTo(permits()) <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    history.add(at, cost);
  }
}
