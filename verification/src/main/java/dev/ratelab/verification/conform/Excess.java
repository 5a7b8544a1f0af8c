package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was surely admitted within some interval of one key: requests that were sent and answered in it, so that their decisions
 * lie in it wherever they were.
 *
 * @param admitted their cost
 * @param most what the promise allows in an interval of that length
 * @param tau the interval's length in microseconds
 * @param part the requests
 * @param silence of all intervals of the key with too much, one has no longer silence than about this
 */
record Excess(long admitted, long most, long tau, List<Observation> part, long silence) {
  double ratio() {
    return (double) admitted / most;
  }

  /** The interval with the most admitted for what it may, or null if nothing was admitted. */
  static @Nullable Excess worst(Promise promise, List<Observation> key) {
    List<Observation> admitted = key.stream()
        .filter(Observation::admitted)
        .sorted(Comparator.comparingLong(Observation::answered))
        .toList();
    Excess worst = null;
    long least = Long.MAX_VALUE;
    for (Observation first : admitted) {
      long sum = 0;
      long silence = 0;
      Observation before = first;
      for (Observation last : admitted) {
        if (last.sent() >= first.sent()) {
          sum += last.cost();
          silence = Math.max(silence, last.middle() - before.middle());
          before = last;
          long tau = last.answered() - first.sent() + 1;
          long most = promise.most(tau);
          if (sum > most) {
            least = Math.min(least, silence);
          }
          if (worst == null || (double) sum / most > worst.ratio()) {
            worst = new Excess(sum, most, tau, within(admitted, first, last), 0);
          }
        }
      }
    }
    return worst == null
        ? null
        : new Excess(worst.admitted, worst.most, worst.tau, worst.part, least);
  }

  /** The most that was surely admitted within a length, of one key. */
  static long within(List<Observation> key, long length) {
    List<Observation> admitted = key.stream().filter(Observation::admitted).toList();
    long most = 0;
    for (Observation first : admitted) {
      long sum = 0;
      for (Observation last : admitted) {
        if (last.sent() >= first.sent() && last.answered() < first.sent() + length) {
          sum += last.cost();
        }
      }
      most = Math.max(most, sum);
    }
    return most;
  }

  private static List<Observation> within(
      List<Observation> admitted, Observation first, Observation last) {
    List<Observation> part = new ArrayList<>();
    for (Observation one : admitted) {
      if (one.sent() >= first.sent() && one.answered() <= last.answered()) {
        part.add(one);
      }
    }
    return part;
  }
}
