package dev.ratelab.limiter.algorithm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition.Step;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Limits so small that every state can be visited: all arrivals of any cost at 3W instants in a row, and then every
 * question that can be asked of each state. What is checked holds without exception for these limits.
 */
class EveryReachableStateTest {
  private record Explored<S>(Algorithm algorithm, Limit limit, Transition<S> transition) {
    /** All states that some arrivals lead to, each with an instant at which it is the state. */
    Set<At<S>> states() {
      Set<At<S>> states = new HashSet<>();
      long start = 2 * limit.windowMicros();
      Set<@Nullable S> found = new HashSet<>();
      found.add(null);
      for (long now = start; now < start + 3 * limit.windowMicros(); now++) {
        Set<@Nullable S> left = new HashSet<>();
        for (S state : found) {
          left.addAll(afterUnits(state, now));
        }
        for (S state : left) {
          states.add(new At<>(state, now));
        }
        found = left;
      }
      return states;
    }

    @Override
    public String toString() {
      return "%s, %d per %d µs, %d"
          .formatted(algorithm, limit.permits(), limit.windowMicros(), algorithm.parameter(limit));
    }

    /** The state when nothing arrives at this instant, when one unit does, two, and so on to the last admitted. */
    List<@Nullable S> afterUnits(@Nullable S state, long now) {
      List<@Nullable S> after = new ArrayList<>();
      after.add(state);
      Step<S> step = transition.apply(state, now, 1);
      while (step.decision().allowed()) {
        after.add(step.state());
        step = transition.apply(step.state(), now, 1);
      }
      return after;
    }

    Decision decide(@Nullable S state, long now, long cost) {
      return transition.apply(state, now, cost).decision();
    }
  }

  private record At<S>(@Nullable S state, long now) {}

  /** Made anew for each test, and explored in it: under mutation testing a static field would keep another mutant's. */
  static Stream<Explored<?>> limits() {
    long[][] sizes = {{1, 1}, {1, 4}, {2, 3}, {3, 2}, {2, 5}, {3, 4}};
    List<Explored<?>> all = new ArrayList<>();
    for (Algorithm algorithm : Algorithm.values()) {
      for (long[] size : sizes) {
        long n = size[0];
        Limit limit = new Limit(n, size[1], n);
        LongStream bursts = algorithm.usesBurst() ? LongStream.of(1, n, n + 2) : LongStream.of(n);
        Stream<Limit> limits = algorithm.usesBuckets()
            ? IntStream.of(1, 2, 3, 10).mapToObj(limit::withBuckets)
            : bursts.distinct().mapToObj(limit::withBurst);
        limits
            .map(one -> new Explored<>(algorithm, one, Transition.of(algorithm, one)))
            .forEach(all::add);
      }
    }
    return all.stream();
  }

  /** Asked at each state's own instant, and at each of the two windows before it: a clock that went back. */
  @ParameterizedTest
  @MethodSource("limits")
  <S> void everyFieldOfADecisionIsExact(Explored<S> explored) {
    long window = explored.limit.windowMicros();
    for (At<S> at : explored.states()) {
      for (long now = at.now - 2 * window; now <= at.now; now++) {
        List<@Nullable S> after = explored.afterUnits(at.state, now);
        long admitted = after.size() - 1L;
        for (long cost = 1; cost <= explored.limit.maxCost(); cost++) {
          Step<S> step = explored.transition.apply(at.state, now, cost);
          Decision decision = step.decision();
          Supplier<String> question = asking(cost, now, at);

          assertThat(decision.limit()).isEqualTo(explored.limit.permits());
          assertThat(decision.allowed()).as(question).isEqualTo(cost <= admitted);
          if (decision.allowed()) {
            assertThat(step.state()).as(question).isEqualTo(after.get((int) cost));
            assertThat(decision.remaining()).as(question).isEqualTo(admitted - cost);
            assertThat(decision.retryAfterMicros()).as(question).isZero();
          } else {
            assertThat(step.state()).as(question).isSameAs(at.state);
            assertThat(decision.remaining()).as(question).isEqualTo(admitted);
            assertThat(decision.delayMicros()).as(question).isZero();
            retryAfterIsExact(explored, at, now, cost, decision.retryAfterMicros());
          }
          resetAfterIsExact(explored, step.state(), now, decision.resetAfterMicros());
        }
      }
    }
  }

  private static <S> void retryAfterIsExact(
      Explored<S> explored, At<S> at, long now, long cost, long retryAfter) {
    Supplier<String> question = asking(cost, now, at);
    assertThat(retryAfter).as(question).isPositive();
    for (long wait = 0; wait < retryAfter; wait++) {
      assertThat(explored.decide(at.state, now + wait, cost).allowed())
          .as(question)
          .isFalse();
    }
    assertThat(explored.decide(at.state, now + retryAfter, cost).allowed())
        .as(question)
        .isTrue();
    // A clock that went back must not lock anybody out for longer than until it has caught up.
    Decision caughtUp = explored.decide(at.state, at.now, cost);
    assertThat(now + retryAfter)
        .as(question)
        .isLessThanOrEqualTo(at.now + caughtUp.retryAfterMicros());
  }

  private static <S> void resetAfterIsExact(
      Explored<S> explored, @Nullable S state, long now, long resetAfter) {
    long reset = now + resetAfter;
    Supplier<String> question = () -> "%s, over at %d".formatted(state, reset);
    assertThat(state).isNotNull();
    assertThat(explored.transition.resetAt(state)).as(question).isEqualTo(reset);
    for (long later = reset; later < reset + explored.limit.windowMicros(); later++) {
      for (long cost = 1; cost <= explored.limit.maxCost(); cost++) {
        assertThat(explored.transition.apply(state, later, cost))
            .as(question)
            .isEqualTo(explored.transition.apply(null, later, cost));
      }
    }
    assertThat(explored.decide(state, reset - 1, 1))
        .as(question)
        .isNotEqualTo(explored.decide(null, reset - 1, 1));
  }

  /** The most that is admitted in τ instants, over all arrivals: not over the bound, and not under it either. */
  @ParameterizedTest
  @MethodSource("limits")
  <S> void arrivalCurveIsTheBound(Explored<S> explored) {
    Set<At<S>> states = explored.states();
    Map<Span<S>, Long> memo = new HashMap<>();
    for (long span = 1; span <= longestSpan(explored); span++) {
      long most = 0;
      for (At<S> at : states) {
        most = Math.max(most, mostAdmitted(explored, at.state, at.now + 1, span, memo));
      }
      boolean buckets = explored.algorithm.usesBuckets();
      if (buckets ? bound(explored, span) <= 2 * explored.limit.permits() : isTight(explored)) {
        assertThat(most).as("E(%d)", span).isEqualTo(bound(explored, span));
      } else {
        assertThat(most).as("E(%d)", span).isLessThanOrEqualTo(bound(explored, span));
      }
    }
  }

  private record Span<S>(@Nullable S state, long now, long span) {}

  private static <S> long mostAdmitted(
      Explored<S> explored, @Nullable S state, long now, long span, Map<Span<S>, Long> memo) {
    if (span == 0) {
      return 0;
    }
    Span<S> question = new Span<>(state, now, span);
    Long known = memo.get(question);
    if (known != null) {
      return known;
    }
    long most = 0;
    List<@Nullable S> after = explored.afterUnits(state, now);
    for (int units = 0; units < after.size(); units++) {
      most =
          Math.max(most, units + mostAdmitted(explored, after.get(units), now + 1, span - 1, memo));
    }
    memo.put(question, most);
    return most;
  }

  /**
   * As above, for a clock that jumps between any of 3W instants, forth and back: counted by its readings, whenever they
   * came, no more is admitted than by a clock that keeps its order.
   */
  @ParameterizedTest
  @MethodSource("limits")
  <S> void boundHoldsOnAClockThatGoesBack(Explored<S> explored) {
    long window = explored.limit.windowMicros();
    for (long span = 1; span <= Math.min(2 * window, longestSpan(explored)); span++) {
      for (long from = 0; from <= window; from++) {
        Map<S, Long> memo = new HashMap<>();
        assertThat(mostReadWithin(explored, null, from, from + span, memo))
            .as("readings after %d up to %d", from, from + span)
            .isLessThanOrEqualTo(bound(explored, span));
      }
    }
  }

  private static <S> long mostReadWithin(
      Explored<S> explored, @Nullable S state, long after, long upTo, Map<S, Long> memo) {
    Long known = memo.get(state);
    if (known != null) {
      return known;
    }
    long most = 0;
    for (long now = 0; now < 3 * explored.limit.windowMicros(); now++) {
      Step<S> step = explored.transition.apply(state, now, 1);
      if (step.decision().allowed()) {
        long counts = after < now && now <= upTo ? 1 : 0;
        most = Math.max(most, counts + mostReadWithin(explored, step.state(), after, upTo, memo));
      }
    }
    memo.put(state, most);
    return most;
  }

  /** The table of docs/algorithms.md. */
  private static long bound(Explored<?> explored, long span) {
    long n = explored.limit.permits();
    long w = explored.limit.windowMicros();
    return switch (explored.algorithm) {
      case FIXED_WINDOW -> n * (1 + ceilDiv(span - 1, w));
      case SLIDING_WINDOW_COUNTER -> span == 1 ? n : n + n * (span - 2) / w;
      case SLIDING_WINDOW_BUCKETS -> {
        long k = explored.limit.buckets();
        long reach = k * (span - 1)
            + w
            - BigInteger.valueOf(k).gcd(BigInteger.valueOf(w)).intValue();
        long windows = reach / (k * w);
        yield windows == 0 ? n : n * windows + n * Math.min(w, reach % (k * w)) / w;
      }
      case SLIDING_WINDOW_LOG -> n * ceilDiv(span, w);
      case TOKEN_BUCKET, GCRA, LEAKY_BUCKET -> explored.limit.burst() + n * (span - 1) / w;
    };
  }

  private static long longestSpan(Explored<?> explored) {
    long window = explored.limit.windowMicros();
    return explored.algorithm == Algorithm.SLIDING_WINDOW_COUNTER ? window + 1 : 3 * window;
  }

  /**
   * A bucket that must not hold a token and what a microsecond adds to its rest loses that part for good, and stays below
   * the bound: a burst of 1 admits once in ceil(T), not in T.
   */
  private static boolean isTight(Explored<?> explored) {
    long n = explored.limit.permits();
    long w = explored.limit.windowMicros();
    return !explored.algorithm.usesBurst() || w % n == 0 || explored.limit.burst() * w >= w + n;
  }

  static Stream<Explored<?>> queues() {
    return limits().filter(explored -> explored.algorithm == Algorithm.LEAKY_BUCKET);
  }

  /** What leaves the leaky bucket after its delay is smooth: ceil(τ/T) in τ instants, and it leaves in order. */
  @ParameterizedTest
  @MethodSource("queues")
  void outputOfTheLeakyBucketIsSmooth(Explored<Gcra.Tat> explored) {
    Set<At<Gcra.Tat>> states = explored.states();
    for (long span = 1; span <= 3 * explored.limit.windowMicros(); span++) {
      Map<Output, Long> memo = new HashMap<>();
      long most = 0;
      for (At<Gcra.Tat> at : states) {
        Output output = new Output(at.state, at.now, at.now + explored.limit.windowMicros(), span);
        most = Math.max(most, mostReleased(explored, output, memo));
      }
      long bound = ceilDiv(span * explored.limit.permits(), explored.limit.windowMicros());
      if (isTight(explored) && explored.limit.burst() > 1) {
        assertThat(most).as("output in %d", span).isEqualTo(bound);
      } else {
        assertThat(most).as("output in %d", span).isLessThanOrEqualTo(bound);
      }
    }
  }

  private record Output(Gcra.@Nullable Tat state, long now, long after, long span) {}

  private static long mostReleased(
      Explored<Gcra.Tat> explored, Output from, Map<Output, Long> memo) {
    if (from.now > from.after + from.span) {
      return 0;
    }
    Long known = memo.get(from);
    if (known != null) {
      return known;
    }
    Output later = new Output(from.state, from.now + 1, from.after, from.span);
    long most = mostReleased(explored, later, memo);
    Step<Gcra.Tat> step = explored.transition.apply(from.state, from.now, 1);
    if (step.decision().allowed()) {
      long released = from.now + step.decision().delayMicros();
      long counts = from.after < released && released <= from.after + from.span ? 1 : 0;
      Output next = new Output(step.state(), from.now, from.after, from.span);
      most = Math.max(most, counts + mostReleased(explored, next, memo));
    }
    memo.put(from, most);
    return most;
  }

  /** Written out for a failure only: there are a million questions. */
  private static Supplier<String> asking(long cost, long now, At<?> at) {
    return () -> "cost %d at %d, %s".formatted(cost, now, at);
  }

  private static long ceilDiv(long a, long b) {
    return -Math.floorDiv(-a, b);
  }
}
