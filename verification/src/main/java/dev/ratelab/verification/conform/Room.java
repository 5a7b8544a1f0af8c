package dev.ratelab.verification.conform;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * How much a key surely has room for when a request is decided: the least over all instants at which the earlier ones may have
 * been decided, and over all places where windows may begin. A denial of less was needless.
 */
final class Room {
  private final Promise promise;
  private final List<Observation> others = new ArrayList<>();
  private final Observation asked;
  private final long slack;

  /** The room for one denied request of a key, given all of that key that may have been admitted. */
  Room(Promise promise, List<Observation> key, Observation asked) {
    this.promise = promise;
    this.asked = asked;
    slack = promise.slack(promise.life());
    // A bucket that never was full since remembers all; windows forget.
    long since = promise.algorithm().usesBurst()
        ? Long.MIN_VALUE
        : asked.sent() - promise.life() - 2 * slack;
    for (Observation other : key) {
      if (other.sent() <= asked.answered() && other.latest() >= since) {
        others.add(other);
      }
    }
  }

  /** The least room, 0 or less where there may be none. */
  double least() {
    long window = promise.limit().windowMicros();
    return switch (promise.algorithm()) {
      case FIXED_WINDOW, SLIDING_WINDOW_LOG -> lessSince(window);
      // The oldest bucket may count whole, however little of it the window still covers.
      case SLIDING_WINDOW_BUCKETS ->
        lessSince(window + -Math.floorDiv(-window, promise.limit().buckets()));
      case SLIDING_WINDOW_COUNTER -> counter(window);
      case TOKEN_BUCKET, GCRA, LEAKY_BUCKET -> bucket(window);
    };
  }

  /** Who may have been decided from an instant on. */
  private long costFrom(long instant) {
    return others.stream()
        .filter(other -> other.latest() >= instant)
        .mapToLong(Observation::cost)
        .sum();
  }

  private double lessSince(long length) {
    return promise.limit().permits() - costFrom(asked.sent() - length - slack);
  }

  /** Two adjacent windows, which may begin anywhere: between two places where a count changes, the weight is the earlier place's. */
  private double counter(long window) {
    TreeSet<Long> begins = new TreeSet<>();
    long now = asked.sent() - slack;
    begins.add(now - window);
    begins.add(now);
    for (Observation other : others) {
      for (long at : new long[] {other.sent() - slack, other.answered()}) {
        for (long begin : new long[] {at, at + window}) {
          if (begin > now - window && begin < now) {
            begins.add(begin);
          }
        }
      }
    }
    double most = 0;
    for (Long begin = begins.first(); begin != null; begin = begins.higher(begin)) {
      Long next = begins.higher(begin);
      long end = next == null ? begin : next;
      long current = costFrom(begin - slack);
      long previous = costFrom(begin - window - slack) - current;
      double weight = 1 - (double) Math.max(0, now - end) / window;
      // Who counts in whole permits rounds the estimate up.
      most = Math.max(most, current + Math.ceil(previous * weight - 1e-9));
    }
    return promise.limit().permits() - most;
  }

  /** B less all that was taken since some earlier taking, more what has come back since: the least over all of them. */
  private double bucket(long window) {
    double rate = (double) promise.limit().permits() / window;
    double least = promise.limit().burst();
    for (Observation first : others) {
      // Over a long history two clocks drift further apart.
      long drift = promise.slack(asked.answered() - first.sent());
      long back = first.answer() == null ? 0 : Math.max(0, asked.sent() - first.answered() - drift);
      least = Math.min(
          least, promise.limit().burst() - costFrom(first.sent()) + (back == 0 ? 0 : back * rate));
    }
    return least;
  }
}
