package dev.ratelab.bench.burst;

import java.util.Comparator;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.ToLongFunction;

/**
 * The arrival curve of decisions whose instants are only known to lie between two readings of a clock, in two senses: what
 * certainly lay within τ, because even the first one's sending and the last one's answer did, and what possibly did. The truth
 * lies between them. So a bound is broken for certain only if the first curve passes it.
 */
record ClockedCurve(List<Admitted> admitted) {
  /** A cost admitted, and the earliest and the latest instant at which that can have been, in microseconds. */
  record Admitted(long from, long to, long cost) {}

  /** At least so much was admitted within some interval of each length. */
  long[] certain(long... lengths) {
    return curve(lengths, Admitted::from, Admitted::to);
  }

  /** At most so much was. */
  long[] possible(long... lengths) {
    return curve(lengths, Admitted::to, Admitted::from);
  }

  /** The largest certain E(τ) / bound(τ) over all τ up to a length: above 1, the bound was broken for certain. */
  double worstCertainRatio(LongUnaryOperator bound, long longest) {
    double worst = 0;
    for (Admitted first : admitted) {
      long sum = 0;
      for (Admitted last : from(first.from, Admitted::from, Admitted::to)) {
        sum += last.cost;
        long length = last.to - first.from + 1;
        if (length <= longest) {
          worst = Math.max(worst, (double) sum / bound.applyAsLong(length));
        }
      }
    }
    return worst;
  }

  // An interval that cannot be shifted to the right without losing something begins with the begin
  // of one.
  private long[] curve(
      long[] lengths, ToLongFunction<Admitted> begin, ToLongFunction<Admitted> end) {
    long[] most = new long[lengths.length];
    for (Admitted first : admitted) {
      long start = begin.applyAsLong(first);
      List<Admitted> all = from(start, begin, end);
      long sum = 0;
      int next = 0;
      for (int i = 0; i < lengths.length; i++) {
        while (next < all.size() && end.applyAsLong(all.get(next)) - start < lengths[i]) {
          sum += all.get(next++).cost;
        }
        most[i] = Math.max(most[i], sum);
      }
    }
    return most;
  }

  /** What begins at an instant or later, in the order of its ends. */
  private List<Admitted> from(
      long start, ToLongFunction<Admitted> begin, ToLongFunction<Admitted> end) {
    return admitted.stream()
        .filter(one -> begin.applyAsLong(one) >= start)
        .sorted(Comparator.comparingLong(end))
        .toList();
  }
}
