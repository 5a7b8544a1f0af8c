package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** Admits iff {@code prev·(W-e) + (cur+c)·W ≤ N·W}: the estimate of {@link Estimate} and the cost together fit. */
final class CounterModel extends Oracle {
  private final History history = new History();

  CounterModel(Rule rule) {
    super(rule);
  }

  @Override
  boolean admits(long at, BigInteger cost) {
    BigInteger wanted = cost.multiply(window());
    return Estimate.at(history, rule(), at)
            .timesWindow()
            .add(wanted)
            .compareTo(permits().multiply(window()))
        <= 0;
  }

  @Override
  void charge(long at, BigInteger cost) {
    history.add(at, cost);
  }
}
