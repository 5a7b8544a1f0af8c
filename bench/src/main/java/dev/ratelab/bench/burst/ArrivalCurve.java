package dev.ratelab.bench.burst;

import java.util.Map;
import java.util.SortedMap;
import java.util.function.LongUnaryOperator;

/**
 * The arrival curve of what was admitted, E(τ) = max over s of A(s, s+τ]: the most cost in any τ consecutive instants,
 * an instant being a microsecond. It is network calculus' minimum arrival curve (Le Boudec and Thiran, 2001).
 */
public final class ArrivalCurve {
  private final long[] at;
  private final long[] before;

  /** Of the cost that was admitted at each instant, in microseconds. */
  public ArrivalCurve(SortedMap<Long, Long> admitted) {
    at = new long[admitted.size()];
    before = new long[admitted.size() + 1];
    int i = 0;
    for (Map.Entry<Long, Long> entry : admitted.entrySet()) {
      at[i] = entry.getKey();
      before[i + 1] = before[i] + entry.getValue();
      i++;
    }
  }

  /** E(τ), τ over 0 and in microseconds. */
  public long at(long tau) {
    long most = 0;
    int first = 0;
    for (int last = 0; last < at.length; last++) {
      while (at[last] - at[first] >= tau) {
        first++;
      }
      most = Math.max(most, before[last + 1] - before[first]);
    }
    return most;
  }

  /**
   * The largest E(τ) / bound(τ) over all τ up to a length. The curve is a staircase under a bound that does not fall, so
   * only the intervals that begin and end with an admission matter.
   */
  double worstRatio(LongUnaryOperator bound, long longest) {
    double worst = 0;
    for (int first = 0; first < at.length; first++) {
      for (int last = first; last < at.length && at[last] - at[first] < longest; last++) {
        double most = (double) bound.applyAsLong(at[last] - at[first] + 1);
        worst = Math.max(worst, (before[last + 1] - before[first]) / most);
      }
    }
    return worst;
  }
}
