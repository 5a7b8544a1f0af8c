package dev.ratelab.server.telemetry;

import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.server.telemetry.TopDenied.Denied;
import dev.ratelab.server.telemetry.TopDenied.Who;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * What the live page shows of the last second. While nobody watches, a decision costs one volatile read here, and no key is kept.
 */
final class LiveFigures {
  static final int TOP = 10;

  /** Whoever has more than a 64th of all denials is found for sure. */
  private static final int COUNTERS = 64;

  private static final int GENERATION_SECONDS = 30;
  private static final long HIGHEST_NANOS = 3_600_000_000_000L;

  private final Recorder latency = new Recorder(1_000, HIGHEST_NANOS, 2);
  private final Map<CheckOutcome, LongAdder> outcomes = new EnumMap<>(CheckOutcome.class);
  private final Object denials = new Object();
  private TopDenied denied = new TopDenied(COUNTERS);
  private TopDenied deniedBefore = new TopDenied(COUNTERS);
  private int age;
  private @Nullable Histogram interval;
  private volatile boolean watched;
  private final BiFunction<String, Request, Who> shown;

  /** Nobody watches yet. The function gives as whom a policy's name and the request that it denied are shown. */
  LiveFigures(BiFunction<String, Request, Who> shown) {
    this.shown = shown;
    for (CheckOutcome outcome : CheckOutcome.values()) {
      if (outcome.ofRequests()) {
        outcomes.put(outcome, new LongAdder());
      }
    }
  }

  void watch() {
    forget();
    watched = true;
  }

  void unwatch() {
    watched = false;
    forget();
  }

  /** A request was decided on: it counts once, however many policies did. */
  void ended(Request request, RequestDecision made, long nanos) {
    if (!watched) {
      return;
    }
    CheckOutcome outcome = CheckOutcome.of(made.decision());
    count(outcome);
    latency.recordValue(Math.min(nanos, HIGHEST_NANOS));
    boolean over = outcome == CheckOutcome.DENIED || outcome == CheckOutcome.FAILED_LOCAL_DENIED;
    String deniedBy = over ? made.deniedBy() : null;
    if (deniedBy == null) {
      return;
    }
    Who who = shown.apply(deniedBy, request);
    synchronized (denials) {
      // Who has stopped watching meanwhile has had the keys forgotten.
      if (watched) {
        denied.add(who);
      }
    }
  }

  void rejected() {
    if (watched) {
      count(CheckOutcome.REJECTED);
    }
  }

  /** Checks by outcome since it was asked last. One thread at a time may ask. */
  Map<String, Long> takeChecks() {
    Map<String, Long> taken = new LinkedHashMap<>();
    outcomes.forEach((outcome, count) -> taken.put(outcome.label(), count.sumThenReset()));
    return taken;
  }

  /** Latencies in nanoseconds since it was asked last; the histogram is used again by the next call. One thread at a time. */
  Histogram takeLatencies() {
    interval = latency.getIntervalHistogram(interval);
    return interval;
  }

  /** Who was denied most in the last half to whole minute. To be asked once a second. */
  List<Denied> topDenied() {
    Map<Who, Denied> both = new HashMap<>();
    synchronized (denials) {
      Stream.concat(denied.top(COUNTERS).stream(), deniedBefore.top(COUNTERS).stream())
          .forEach(each -> both.merge(
              each.who(),
              each,
              (one, other) ->
                  new Denied(one.who(), one.count() + other.count(), one.error() + other.error())));
      age++;
      if (age == GENERATION_SECONDS) {
        age = 0;
        deniedBefore = denied;
        denied = new TopDenied(COUNTERS);
      }
    }
    return both.values().stream()
        .sorted(Comparator.comparingLong(Denied::count).reversed())
        .limit(TOP)
        .toList();
  }

  private void count(CheckOutcome outcome) {
    Objects.requireNonNull(outcomes.get(outcome)).increment();
  }

  private void forget() {
    synchronized (denials) {
      denied = new TopDenied(COUNTERS);
      deniedBefore = new TopDenied(COUNTERS);
      age = 0;
    }
    takeChecks();
    takeLatencies();
  }
}
