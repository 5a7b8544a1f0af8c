package dev.ratelab.reports.baseline;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Makes many tests at once honest: of a hundred rows that did not change, five have p below 0.05. The step-up procedure
 * of Benjamini and Hochberg ("Controlling the false discovery rate", JRSS B 57, 1995) adjusts each p so that of all
 * rows called changed at 0.05, at most 5 % are expected not to have.
 */
final class FalseDiscovery {
  private FalseDiscovery() {}

  /** The adjusted values, in the order given: of m values the i-th smallest is times m / i, and no larger than a later one. */
  static double[] adjust(double[] p) {
    List<Integer> largestFirst = IntStream.range(0, p.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> p[i]).reversed())
        .toList();
    double[] adjusted = new double[p.length];
    double least = 1;
    for (int rank = p.length; rank >= 1; rank--) {
      int i = largestFirst.get(p.length - rank);
      least = Math.min(least, p[i] * p.length / rank);
      adjusted[i] = least;
    }
    return adjusted;
  }
}
