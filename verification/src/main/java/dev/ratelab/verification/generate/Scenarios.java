package dev.ratelab.verification.generate;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Lease;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/**
 * Generated scenarios. A gap or a cost is generated as a kind and a size and only then fitted to the limit, so that
 * shrinking one of them leaves the others what they were.
 */
public final class Scenarios {
  private static final int MOST_ARRIVALS = 30;

  /** Each asks several times, and what was decided before is decided again for each. */
  private static final int MOST_BORROWING = 15;

  private static final long SECOND = 1_000_000;

  private enum Gap {
    NONE,
    MICROSECOND,
    FEW_MICROSECONDS,
    PART_OF_WINDOW,
    EMISSION_INTERVALS,
    BEFORE_EDGE,
    EDGE,
    AFTER_EDGE,
    WINDOW_LESS_ONE,
    WINDOW,
    WINDOW_AND_ONE,
    LONG_SILENCE,
    BEFORE_BUCKET,
    BUCKET,
    BACK_A_LITTLE,
    BACK_IN_WINDOW,
    BACK_FAR;

    boolean goesBack() {
      return compareTo(BACK_A_LITTLE) >= 0;
    }
  }

  private enum Cost {
    ONE,
    FEW,
    PART,
    HALF,
    ALL_BUT_ONE,
    ALL
  }

  private Scenarios() {}

  public static Arbitrary<Scenario> of(Property property, Algorithm algorithm) {
    if (property.borrows()) {
      return leased(algorithm);
    }
    return property.asksSeveral()
        ? RequestScenarios.of(algorithm, MOST_ARRIVALS)
        : of(algorithm, ArbitraryLimits.any(), property.allowsClockGoingBack());
  }

  /** Of any block and time that the limit grants, of small ones often. */
  private static Arbitrary<Scenario> leased(Algorithm algorithm) {
    return Combinators.combine(of(algorithm, ArbitraryLimits.small(), false), sizes(), sizes())
        .as((scenario, permits, micros) -> {
          Limit limit = scenario.policy().limit();
          Lease lease = new Lease(
              Math.max(1, part(Math.min(limit.maxCost(), permits % 3 == 0 ? 4 : 100), permits)),
              Math.max(1, part(limit.windowMicros(), micros)));
          List<Arrival> few = scenario.arrivals();
          return new Scenario(
              scenario.policy().withLease(lease),
              few.subList(0, Math.min(MOST_BORROWING, few.size())));
        });
  }

  private static Arbitrary<Scenario> of(
      Algorithm algorithm, Arbitrary<Limit> limits, boolean clockGoesBack) {
    List<Gap> kinds = Arrays.stream(Gap.values())
        .filter(gap -> clockGoesBack || !gap.goesBack())
        .toList();
    Arbitrary<Tuple.Tuple4<Gap, Integer, Cost, Integer>> arrivals = Combinators.combine(
            Arbitraries.of(kinds), sizes(), Arbitraries.of(Cost.values()), sizes())
        .as(Tuple::of);
    return Combinators.combine(
            limits, origins(), arrivals.list().ofMinSize(1).ofMaxSize(MOST_ARRIVALS))
        .as((limit, origin, list) -> {
          Limit fitted = ArbitraryLimits.fit(limit, algorithm);
          return new Scenario(Policy.of("p", algorithm, fitted), arrivals(fitted, origin, list));
        });
  }

  /** Hundreds of instants within a window, and now and then a silence in which most of them leave it at once. */
  public static Arbitrary<Scenario> longOnes(Algorithm... algorithms) {
    Arbitrary<Integer> gaps = Arbitraries.frequencyOf(
        Tuple.of(60, Arbitraries.integers().between(1, 10_000)),
        Tuple.of(1, Arbitraries.integers().between(500_000, 1_000_000)));
    Arbitrary<Tuple.Tuple2<Integer, Long>> arrivals =
        Combinators.combine(gaps, Arbitraries.longs().between(1, 3)).as(Tuple::of);
    return Combinators.combine(
            Arbitraries.of(algorithms),
            ArbitraryLimits.ofHundreds(),
            origins(),
            arrivals.list().ofMinSize(200).ofMaxSize(400))
        .as((algorithm, limit, origin, list) -> {
          List<Arrival> all = new ArrayList<>();
          long now = origin;
          for (Tuple.Tuple2<Integer, Long> next : list) {
            now += part(limit.windowMicros(), next.get1());
            all.add(new Arrival(now, next.get2()));
          }
          return new Scenario(
              Policy.of("p", algorithm, ArbitraryLimits.fit(limit, algorithm)), all);
        });
  }

  /** Near the epoch, near now, and late enough to need most of a Lua number's bits. */
  private static Arbitrary<Long> origins() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(0, 100),
        Arbitraries.longs().between(1_700_000_000 * SECOND, 1_800_000_000 * SECOND),
        Arbitraries.longs().between(3_000_000_000L * SECOND, 3_000_000_100L * SECOND));
  }

  /** A millionth part is the finest. */
  private static Arbitrary<Integer> sizes() {
    return Arbitraries.integers().between(0, 1_000_000);
  }

  private static List<Arrival> arrivals(
      Limit limit, long origin, List<Tuple.Tuple4<Gap, Integer, Cost, Integer>> list) {
    List<Arrival> arrivals = new ArrayList<>();
    long now = origin;
    for (Tuple.Tuple4<Gap, Integer, Cost, Integer> next : list) {
      now = Math.max(0, now + gap(next.get1(), next.get2(), limit, now));
      arrivals.add(new Arrival(now, cost(next.get3(), next.get4(), limit)));
    }
    return arrivals;
  }

  private static long gap(Gap kind, int size, Limit limit, long now) {
    long window = limit.windowMicros();
    long toEdge = window - now % window;
    return switch (kind) {
      case NONE -> 0;
      case MICROSECOND -> 1;
      case FEW_MICROSECONDS -> size % 10;
      case PART_OF_WINDOW -> part(window, size);
      case EMISSION_INTERVALS -> Math.max(1, window / limit.permits()) * (size % 4) + size % 2;
      case BEFORE_EDGE -> toEdge - 1;
      case EDGE -> toEdge;
      case AFTER_EDGE -> toEdge + 1;
      case WINDOW_LESS_ONE -> window - 1;
      case WINDOW -> window;
      case WINDOW_AND_ONE -> window + 1;
      case LONG_SILENCE -> 2 * window + part(8 * window, size);
      case BEFORE_BUCKET -> toBucket(limit, now) - 1;
      case BUCKET -> toBucket(limit, now);
      case BACK_A_LITTLE -> -(size % 10);
      case BACK_IN_WINDOW -> -part(window, size);
      case BACK_FAR -> -part(5 * window, size);
    };
  }

  /** Until the first instant of the next bucket. */
  private static long toBucket(Limit limit, long now) {
    long next = now * limit.buckets() / limit.windowMicros() + 1;
    return -Math.floorDiv(-next * limit.windowMicros(), limit.buckets()) - now;
  }

  private static long cost(Cost kind, int size, Limit limit) {
    long most = limit.maxCost();
    return switch (kind) {
      case ONE -> 1;
      case FEW -> Math.min(most, 1 + size % 4);
      case PART -> Math.max(1, part(most, size));
      case HALF -> (most + 1) / 2;
      case ALL_BUT_ONE -> Math.max(1, most - 1);
      case ALL -> most;
    };
  }

  private static long part(long whole, int size) {
    return BigInteger.valueOf(whole)
        .multiply(BigInteger.valueOf(size))
        .divide(BigInteger.valueOf(1_000_000))
        .longValueExact();
  }
}
