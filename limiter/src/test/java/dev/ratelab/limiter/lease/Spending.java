package dev.ratelab.limiter.lease;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Policy;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;

/** What was charged to one counter, and what its instances admitted of it, by instant. */
final class Spending {
  private final Policy policy;
  private final TreeMap<Long, Long> charged = new TreeMap<>();
  private final TreeMap<Long, Long> admitted = new TreeMap<>();

  Spending(Policy policy) {
    this.policy = policy;
  }

  void charge(long at, long cost) {
    charged.merge(at, cost, Long::sum);
  }

  void admit(long at, long cost) {
    admitted.merge(at, cost, Long::sum);
  }

  /** Looks at every interval, whose ends are admissions, as any other is no worse. */
  void judge(Lease lease, int instances, BiConsumer<LeasePromise, String> breaks) {
    NavigableMap<Long, Long> before = sums(charged);
    long[] instants = admitted.keySet().stream().mapToLong(each -> each).toArray();
    long[] costs = admitted.values().stream().mapToLong(each -> each).toArray();
    long[] until =
        LongStream.of(instants).map(at -> before.floorEntry(at).getValue()).toArray();
    for (int first = 0; first < instants.length; first++) {
      long since = before.lowerEntry(instants[first]).getValue();
      long sinceL = before.lowerEntry(instants[first] - lease.micros() + 1).getValue();
      long sum = 0;
      for (int last = first; last < instants.length; last++) {
        sum += costs[last];
        if (sum > until[last] - sinceL) {
          breaks.accept(LeasePromise.CHARGED_BEFORE, seen(sum, instants[first], instants[last]));
        }
        if (sum > until[last] - since + instances * lease.permits()) {
          breaks.accept(LeasePromise.HELD_BEFORE, seen(sum, instants[first], instants[last]));
        }
      }
    }
    if (policy.algorithm() == Algorithm.FIXED_WINDOW) {
      requireOwnWindow(before, sums(admitted), breaks);
    }
  }

  /** From the begin of the window that an admission is in until then. */
  private void requireOwnWindow(
      NavigableMap<Long, Long> chargedBefore,
      NavigableMap<Long, Long> admittedBefore,
      BiConsumer<LeasePromise, String> breaks) {
    for (long at : admitted.keySet()) {
      long begin = at - at % policy.limit().windowMicros();
      long sum = within(admittedBefore, begin, at);
      if (sum > within(chargedBefore, begin, at)) {
        breaks.accept(LeasePromise.OWN_WINDOW, seen(sum, begin, at));
      }
    }
  }

  private static long within(NavigableMap<Long, Long> sums, long from, long to) {
    return sums.floorEntry(to).getValue() - sums.lowerEntry(from).getValue();
  }

  private String seen(long sum, long from, long to) {
    return "%s admitted from %s to %s by %s".formatted(sum, from, to, policy);
  }

  private static NavigableMap<Long, Long> sums(Map<Long, Long> costs) {
    NavigableMap<Long, Long> sums = new TreeMap<>();
    sums.put(Long.MIN_VALUE, 0L);
    long sum = 0;
    for (Map.Entry<Long, Long> each : costs.entrySet()) {
      sum += each.getValue();
      sums.put(each.getKey(), sum);
    }
    return sums;
  }
}
