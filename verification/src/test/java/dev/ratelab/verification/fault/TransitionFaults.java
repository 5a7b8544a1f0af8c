package dev.ratelab.verification.fault;

import static dev.ratelab.verification.property.Property.BOUND;
import static dev.ratelab.verification.property.Property.COST_ADDITIVITY;
import static dev.ratelab.verification.property.Property.DENIED_COSTS_NOTHING;
import static dev.ratelab.verification.property.Property.ESTIMATE;
import static dev.ratelab.verification.property.Property.MEMORY;
import static dev.ratelab.verification.property.Property.ORACLE;
import static dev.ratelab.verification.property.Property.RETRY_AFTER;
import static dev.ratelab.verification.property.Property.TIGHTNESS;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.FixedWindow;
import dev.ratelab.limiter.algorithm.FixedWindow.Window;
import dev.ratelab.limiter.algorithm.SlidingWindowBuckets;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter.Windows;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;
import dev.ratelab.limiter.algorithm.TokenBucket;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.subject.TransitionSubject;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Faults in the pure Java transitions. */
final class TransitionFaults {
  private TransitionFaults() {}

  static List<PlantedFault> all() {
    return List.of(
        fault(
            "off-by-one in the limit",
            Algorithm.FIXED_WINDOW,
            limit -> new FixedWindow(larger(limit, 1, 0)),
            BOUND,
            ORACLE),
        fault(
            "window's edge closed on both sides",
            Algorithm.SLIDING_WINDOW_LOG,
            limit -> new SlidingWindowLog(larger(limit, 0, 1)),
            TIGHTNESS,
            ORACLE),
        fault(
            "estimate rounded down",
            Algorithm.SLIDING_WINDOW_COUNTER,
            limit -> new Altered<>(new SlidingWindowCounter(limit), estimateRoundedDown(limit)),
            BOUND,
            ESTIMATE,
            ORACLE),
        fault(
            "retryAfter to the window's end",
            Algorithm.SLIDING_WINDOW_COUNTER,
            limit -> new Altered<>(new SlidingWindowCounter(limit), retryAtTheEdge(limit)),
            RETRY_AFTER,
            ORACLE),
        fault(
            "state kept after denial",
            Algorithm.FIXED_WINDOW,
            limit -> new Altered<>(new FixedWindow(limit), TransitionFaults::chargeTheDenied),
            DENIED_COSTS_NOTHING,
            ORACLE),
        fault(
            "cost ignored",
            Algorithm.TOKEN_BUCKET,
            limit -> new Altered<>(
                new TokenBucket(limit), (sound, state, now, cost) -> sound.apply(state, now, 1)),
            BOUND,
            COST_ADDITIVITY,
            ORACLE),
        fault(
            "one bucket more than the limit says",
            Algorithm.SLIDING_WINDOW_BUCKETS,
            limit -> new SlidingWindowBuckets(
                limit.withBuckets(Math.min(Limit.MAX_BUCKETS, limit.buckets() + 1))),
            TIGHTNESS,
            ESTIMATE,
            ORACLE),
        fault(
            "state kept two windows too long",
            Algorithm.FIXED_WINDOW,
            limit -> new LongLived(new FixedWindow(limit), limit.windowMicros()),
            MEMORY));
  }

  private static PlantedFault fault(
      String title,
      Algorithm algorithm,
      Function<Limit, Transition<?>> faulty,
      Property... caughtBy) {
    return new PlantedFault(
        title,
        "the transition",
        algorithm,
        new TransitionSubject(),
        new TransitionSubject("java with a fault", policy -> faulty.apply(policy.limit())),
        List.of(caughtBy));
  }

  /** A limit with more permits or a longer window, where the domain has room for it. */
  private static Limit larger(Limit limit, long permits, long micros) {
    long more = limit.permits() + permits;
    long longer = limit.windowMicros() + micros;
    boolean accepted = more <= Limit.MAX_PERMITS
        && longer <= Limit.MAX_WINDOW_MICROS
        && more <= Limit.MAX_PRODUCT / longer;
    return accepted ? new Limit(more, longer, more) : limit;
  }

  private static Alteration<Windows> estimateRoundedDown(Limit limit) {
    long window = limit.windowMicros();
    return (sound, state, now, cost) -> {
      long index = now / window;
      long elapsed = now % window;
      boolean same = state != null && state.index() == index;
      boolean next = state != null && state.index() == index - 1;
      long current = same ? state.current() : 0;
      long previous = same ? state.previous() : next ? state.current() : 0;
      long estimate = previous * (window - elapsed) / window + current;
      if (estimate + cost > limit.permits()) {
        return sound.apply(state, now, cost);
      }
      return new Transition.Step<>(
          new Windows(index, current + cost, previous),
          Decision.allow(limit.permits(), limit.permits() - estimate - cost, 2 * window - elapsed));
    };
  }

  private static Alteration<Windows> retryAtTheEdge(Limit limit) {
    long window = limit.windowMicros();
    return (sound, state, now, cost) -> {
      Transition.Step<Windows> step = sound.apply(state, now, cost);
      Decision right = step.decision();
      return right.allowed()
          ? step
          : new Transition.Step<>(
              step.state(),
              Decision.deny(
                  right.limit(),
                  right.remaining(),
                  window - now % window,
                  right.resetAfterMicros()));
    };
  }

  private static Transition.Step<Window> chargeTheDenied(
      Transition<Window> sound, @Nullable Window state, long now, long cost) {
    Transition.Step<Window> step = sound.apply(state, now, cost);
    return state == null || step.decision().allowed()
        ? step
        : new Transition.Step<>(new Window(state.index(), state.used() + cost), step.decision());
  }

  private interface Alteration<S> {
    Transition.Step<S> apply(Transition<S> sound, @Nullable S state, long now, long cost);
  }

  private record Altered<S>(Transition<S> sound, Alteration<S> alteration)
      implements Transition<S> {
    @Override
    public Step<S> apply(@Nullable S state, long now, long cost) {
      return alteration.apply(sound, state, now, cost);
    }

    @Override
    public long resetAt(S state) {
      return sound.resetAt(state);
    }
  }

  private record LongLived(FixedWindow sound, long window) implements Transition<Window> {
    @Override
    public Step<Window> apply(@Nullable Window state, long now, long cost) {
      return sound.apply(state, now, cost);
    }

    @Override
    public long resetAt(Window state) {
      return sound.resetAt(state) + 2 * window;
    }
  }
}
