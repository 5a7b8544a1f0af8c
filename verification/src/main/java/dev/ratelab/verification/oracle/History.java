package dev.ratelab.verification.oracle;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** All that was ever admitted on one key. Nothing is forgotten, so that nothing can be forgotten too early. */
public final class History {
  private record Admission(long at, BigInteger cost) {}

  private final List<Admission> admissions = new ArrayList<>();

  public void add(long at, BigInteger cost) {
    admissions.add(new Admission(at, cost));
  }

  /** A(a, b]: the cost admitted after one instant and up to another, which is included. */
  public BigInteger admitted(long after, long upTo) {
    BigInteger sum = BigInteger.ZERO;
    for (Admission admission : admissions) {
      if (admission.at > after && admission.at <= upTo) {
        sum = sum.add(admission.cost);
      }
    }
    return sum;
  }
}
