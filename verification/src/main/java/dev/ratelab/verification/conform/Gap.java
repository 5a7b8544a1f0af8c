package dev.ratelab.verification.conform;

import java.util.List;

/**
 * A key's longest silence.
 *
 * @param silence its length in microseconds
 * @param before the cost that was admitted before it
 * @param after the cost that was admitted after it
 */
record Gap(long silence, long before, long after) {
  static Gap of(List<Observation> seen) {
    long longest = 0;
    int at = 0;
    for (int i = 1; i < seen.size(); i++) {
      long silence = seen.get(i).sent() - seen.get(i - 1).answered();
      if (silence > longest) {
        longest = silence;
        at = i;
      }
    }
    return new Gap(longest, admitted(seen.subList(0, at)), admitted(seen.subList(at, seen.size())));
  }

  private static long admitted(List<Observation> part) {
    return part.stream()
        .filter(Observation::admitted)
        .mapToLong(Observation::cost)
        .sum();
  }
}
