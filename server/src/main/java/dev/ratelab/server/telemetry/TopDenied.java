package dev.ratelab.server.telemetry;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Who was denied most, in bounded memory: the space-saving counters of Metwally, Agrawal and El Abbadi, "Efficient computation of
 * frequent and top-k elements in data streams" (ICDT 2005). Whoever is new when all counters are taken inherits the smallest one.
 *
 * <p>Of n denials on k counters, a count is never too small, and too large by at most its error, which is at most n/k. So whoever
 * was denied more than n/k times is there.
 *
 * <p>Not thread-safe.
 */
final class TopDenied {
  private final int counters;
  private final Map<Who, Count> counts;

  TopDenied(int counters) {
    this.counters = counters;
    counts = new HashMap<>(2 * counters);
  }

  void add(Who who) {
    Count count = counts.get(who);
    if (count != null) {
      count.denied++;
      return;
    }
    if (counts.size() < counters) {
      counts.put(who, new Count(1, 0));
      return;
    }
    Map.Entry<Who, Count> smallest = smallest();
    long inherited = smallest.getValue().denied;
    counts.remove(smallest.getKey());
    counts.put(who, new Count(inherited + 1, inherited));
  }

  /** The largest counts, in falling order. */
  List<Denied> top(int most) {
    return counts.entrySet().stream()
        .map(entry -> new Denied(entry.getKey(), entry.getValue().denied, entry.getValue().error))
        .sorted(Comparator.comparingLong(Denied::count)
            .reversed()
            .thenComparing(denied -> denied.who().policy())
            .thenComparing(denied -> denied.who().name()))
        .limit(most)
        .toList();
  }

  private Map.Entry<Who, Count> smallest() {
    Map.Entry<Who, Count> smallest = null;
    for (Map.Entry<Who, Count> entry : counts.entrySet()) {
      if (smallest == null || entry.getValue().denied < smallest.getValue().denied) {
        smallest = entry;
      }
    }
    return Objects.requireNonNull(smallest);
  }

  /**
   * A tenant or a key that a policy denied.
   *
   * @param policy which denied
   * @param isTenant whether the name is a tenant's, or else a key's
   * @param name as it is shown: what a client sends has any length, and is not to be kept
   */
  record Who(String policy, boolean isTenant, String name) {}

  /** Who was denied, how often at most, and by how much that may be too large. */
  record Denied(Who who, long count, long error) {}

  private static final class Count {
    long denied;
    final long error;

    Count(long denied, long error) {
      this.denied = denied;
      this.error = error;
    }
  }
}
