package dev.ratelab.verification.property;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Ways to spend. */
public final class SpendingPlans {
  private SpendingPlans() {}

  /** Requests that together cost so much, none of them more than the largest accepted cost. */
  static List<Arrival> chunks(long at, long total, long maxCost) {
    List<Arrival> chunks = new ArrayList<>();
    for (long rest = total; rest > 0; rest -= maxCost) {
      chunks.add(new Arrival(at, Math.min(rest, maxCost)));
    }
    return chunks;
  }

  /**
   * Requests in one instant that leave no room for another one, whatever the state: the largest cost as often as the
   * burst holds it, then each power of two below it, which leaves less room than that power of two each time.
   */
  public static List<Arrival> saturate(long at, long burst, long maxCost) {
    List<Arrival> all = chunks(at, burst / maxCost * maxCost, maxCost);
    for (long cost = Long.highestOneBit(maxCost); cost > 0; cost /= 2) {
      all.add(new Arrival(at, cost));
    }
    return all;
  }

  /** At most so many of the indices below a size that satisfy a condition, evenly spread, the last one among them. */
  static List<Integer> some(int most, int size, IntPredicate wanted) {
    List<Integer> all = IntStream.range(0, size).filter(wanted).boxed().toList();
    if (all.size() <= most) {
      return all;
    }
    return IntStream.rangeClosed(1, most)
        .mapToObj(i -> all.get(i * all.size() / most - 1))
        .toList();
  }
}
