package dev.ratelab.verification.oracle;

import java.math.BigInteger;

/** A model that remembers all it has admitted, and sums it anew for each question. */
abstract class HistoryModel extends Oracle {
  final History history = new History();

  HistoryModel(OracleRule rule) {
    super(rule);
  }

  @Override
  void charge(long at, BigInteger cost) {
    history.add(at, cost);
  }

  @Override
  public long longestLife() {
    return rule().window();
  }
}
