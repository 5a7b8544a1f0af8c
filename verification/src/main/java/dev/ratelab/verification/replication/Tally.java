package dev.ratelab.verification.replication;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter.Windows;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;
import dev.ratelab.limiter.algorithm.SlidingWindowLog.Log;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one source's requests, one after the other and each of cost 1, say about the counter. */
final class Tally {
  private final Limit limit;
  private final SlidingWindowCounter counter;
  private final SlidingWindowLog log;
  private final LastWindow admitted;
  private final LastWindow offered;
  private @Nullable Windows counted;
  private @Nullable Log logged;
  private Windows all = new Windows(-2, 0, 0);
  private final Map<Measure, Sum> sums = new EnumMap<>(Measure.class);
  private long requests;

  Tally(Limit limit) {
    this.limit = limit;
    counter = new SlidingWindowCounter(limit);
    log = new SlidingWindowLog(limit);
    admitted = new LastWindow(limit.windowMicros());
    offered = new LastWindow(limit.windowMicros());
  }

  /** Takes the next request, at an instant in microseconds that never falls. */
  void request(long now) {
    requests++;
    long index = now / limit.windowMicros();
    var exact = log.apply(logged, now, 1);
    logged = exact.state();
    double estimate = estimate(rolled(counted, index), now) + 1;
    long truth = admitted.count(now) + 1L;
    var step = counter.apply(counted, now, 1);
    counted = step.state();
    boolean allowed = step.decision().allowed();
    count(Measure.DENIED, !allowed);

    boolean exactAllowed = exact.decision().allowed();
    count(Measure.WRONGLY_ALLOWED, allowed && !exactAllowed);
    count(Measure.WRONGLY_DENIED, !allowed && exactAllowed);

    count(Measure.OWN_OVER, allowed && truth > limit.permits());
    count(Measure.OWN_NEEDLESS, !allowed && truth <= limit.permits());
    add(Measure.OWN_ERROR, Math.abs(estimate - truth) / truth);
    if (allowed) {
      admitted.add(now);
    }
    everythingCounted(now, index);
  }

  /** A counter that holds nobody back counts the denied, too. */
  private void everythingCounted(long now, long index) {
    Windows rolled = rolled(all, index);
    all = new Windows(index, rolled.current() + 1, rolled.previous());
    offered.add(now);
    long truth = offered.count(now);
    double estimate = estimate(all, now);
    count(Measure.OFFERED_MISSED, truth > limit.permits() && estimate <= limit.permits());
    count(Measure.OFFERED_FALSE, truth <= limit.permits() && estimate > limit.permits());
    add(Measure.OFFERED_ERROR, Math.abs(estimate - truth) / truth);
  }

  private static Windows rolled(@Nullable Windows state, long index) {
    if (state == null || state.index() < index - 1) {
      return new Windows(index, 0, 0);
    }
    return state.index() == index ? state : new Windows(index, 0, state.current());
  }

  private double estimate(Windows windows, long now) {
    long window = limit.windowMicros();
    long elapsed = now - windows.index() * window;
    return (double) windows.previous() * (window - elapsed) / window + windows.current();
  }

  private void count(Measure measure, boolean happened) {
    add(measure, happened ? 1 : 0);
  }

  private void add(Measure measure, double value) {
    sums.computeIfAbsent(measure, first -> new Sum()).value += value;
  }

  long requests() {
    return requests;
  }

  double sum(Measure measure) {
    Sum sum = sums.get(measure);
    return sum == null ? 0 : sum.value;
  }

  private static final class Sum {
    private double value;
  }
}
