package dev.ratelab.verification.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.FixedWindow;
import dev.ratelab.limiter.algorithm.LeakyBucket;
import dev.ratelab.limiter.algorithm.SlidingWindowBuckets;
import dev.ratelab.limiter.algorithm.SlidingWindowCounter;
import dev.ratelab.limiter.algorithm.SlidingWindowLog;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.property.Scenario;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExhaustiveTest {
  record Case(Algorithm algorithm, Limit limit) {
    Transition<?> transition() {
      return Transition.of(algorithm, limit);
    }

    OracleRule rule() {
      return Scenario.rule(limit);
    }

    int longest() {
      return Math.toIntExact(3 * limit.windowMicros());
    }
  }

  static Stream<Case> cases() {
    return Stream.of(Algorithm.values())
        .flatMap(algorithm -> SmallLimits.of(algorithm).map(limit -> new Case(algorithm, limit)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theWorstOfAllArrivalsIsTheTightCurveAndWithinTheBound(Case one) {
    Exhaustive.Worst worst = Exhaustive.admitted(one.transition(), one.limit, one.longest());
    for (int tau = 1; tau <= one.longest(); tau++) {
      String id = one.algorithm.id();
      assertThat(worst.most(tau))
          .as("E(%d)", tau)
          .isEqualTo(TightCurve.admitted(id, one.rule(), tau))
          .isLessThanOrEqualTo(Oracle.of(id, one.rule()).bound(tau).longValueExact());
      if (isTight(one, tau)) {
        assertThat(worst.most(tau))
            .as("E(%d) reaches the catalogue's bound", tau)
            .isEqualTo(Oracle.of(id, one.rule()).bound(tau).longValueExact());
      }
    }
  }

  /** Where the catalogue says that its formula is reached. */
  private static boolean isTight(Case one, int tau) {
    long n = one.limit.permits();
    long w = one.limit.windowMicros();
    if (one.algorithm.usesBurst()) {
      return w % n == 0 || one.limit.burst() * w >= w + n;
    }
    Oracle oracle = Oracle.of(one.algorithm.id(), one.rule());
    return oracle.buckets() == 0 || oracle.bound(tau).longValueExact() <= 2 * n;
  }

  @Test
  void theCounterLetsMoreThanTheLimitThroughOneWindow() {
    long[][] table = {{3, 6, 5}, {4, 12, 7}, {6, 8, 10}, {10, 20, 19}};
    for (long[] row : table) {
      Limit limit = new Limit(row[0], row[1], row[0]);
      Exhaustive.Worst worst =
          Exhaustive.admitted(new SlidingWindowCounter(limit), limit, (int) row[1]);
      assertThat(worst.most((int) row[1])).isEqualTo(row[2]);
    }
  }

  @Test
  void whatLeavesTheLeakyBucketIsSmooth() {
    for (Limit limit :
        List.of(new Limit(3, 6, 3), new Limit(2, 5, 4), new Limit(1, 4, 3), new Limit(3, 2, 5))) {
      OracleRule rule = Scenario.rule(limit);
      int longest = Math.toIntExact(3 * limit.windowMicros());
      long[] most = Exhaustive.output(new LeakyBucket(limit), limit, longest);
      for (int tau = 1; tau <= longest; tau++) {
        assertThat(most[tau])
            .as("output in %d of %s", tau, limit)
            .isEqualTo(Oracle.of("leaky-bucket", rule).outputBound(tau).longValueExact());
      }
    }
  }

  @Test
  void anAttackReachesWhatItSays() {
    Limit limit = new Limit(3, 6, 3);
    SlidingWindowCounter counter = new SlidingWindowCounter(limit);
    for (Exhaustive.Attack attack : Exhaustive.admitted(counter, limit, 18).attacks()) {
      SlidingWindowCounter.Windows state = null;
      long counted = 0;
      for (var arrival : attack.arrivals()) {
        var step = counter.apply(state, arrival.at(), arrival.cost());
        state = step.state();
        counted += step.decision().allowed() && arrival.at() >= attack.from() ? arrival.cost() : 0;
      }
      assertThat(counted).isEqualTo(attack.counted());
    }
  }

  @Test
  void aLimitOneTooLargeIsFoundAtEveryInterval() {
    Limit limit = new Limit(3, 6, 3);
    Exhaustive.Worst worst = Exhaustive.admitted(new FixedWindow(new Limit(4, 6, 4)), limit, 18);
    for (int tau = 1; tau <= 18; tau++) {
      assertThat(worst.most(tau))
          .isGreaterThan(
              Oracle.of("fixed-window", new OracleRule(3, 6, 3)).bound(tau).longValueExact());
    }
  }

  @Test
  void aWindowOneTooLongIsFoundTooStrict() {
    Limit limit = new Limit(3, 6, 3);
    Exhaustive.Worst worst =
        Exhaustive.admitted(new SlidingWindowLog(new Limit(3, 7, 3)), limit, 18);
    assertThat(worst.most(7))
        .isLessThan(TightCurve.admitted("sliding-window-log", new OracleRule(3, 6, 3), 7));
  }

  @Test
  void underPressureTheCounterAdmitsOneLessThanTheLimit() {
    assertThat(saturated(Algorithm.SLIDING_WINDOW_COUNTER, 3, 6)).isEqualTo(2);
    assertThat(saturated(Algorithm.SLIDING_WINDOW_COUNTER, 4, 12)).isEqualTo(3);
    assertThat(saturated(Algorithm.SLIDING_WINDOW_COUNTER, 1, 4)).isEqualTo(0.5);
    // N - 1 where N > k, otherwise N·k/(k+1).
    SlidingWindowBuckets two = new SlidingWindowBuckets(new Limit(3, 6, 3, 2));
    SlidingWindowBuckets three = new SlidingWindowBuckets(new Limit(3, 6, 3, 3));
    assertThat(Exhaustive.saturatedRate(two, new Limit(3, 6, 3, 2))).isEqualTo(2);
    assertThat(Exhaustive.saturatedRate(three, new Limit(3, 6, 3, 3))).isEqualTo(2.25);
    // Less where W < N - 1.
    SlidingWindowBuckets hasty = new SlidingWindowBuckets(new Limit(4, 2, 4, 2));
    assertThat(saturated(Algorithm.SLIDING_WINDOW_COUNTER, 3, 1)).isEqualTo(1.5);
    assertThat(Exhaustive.saturatedRate(hasty, new Limit(4, 2, 4, 2)))
        .isCloseTo(8.0 / 3, within(1e-9));
    for (Algorithm algorithm : Algorithm.values()) {
      if (algorithm != Algorithm.SLIDING_WINDOW_COUNTER && !algorithm.usesBuckets()) {
        assertThat(saturated(algorithm, 3, 6)).as(algorithm.id()).isEqualTo(3);
      }
    }
  }

  private static double saturated(Algorithm algorithm, long permits, long window) {
    Limit limit = new Limit(permits, window, permits);
    return Exhaustive.saturatedRate(Transition.of(algorithm, limit), limit);
  }

  @Test
  void theExactLogNeverMisjudgesAndTheCounterByLessThanTheLimit() {
    Limit limit = new Limit(3, 6, 3);
    assertThat(Exhaustive.misjudged(new SlidingWindowLog(limit), limit))
        .isEqualTo(new Exhaustive.Misjudged(0, 0));
    // The previous window weighs in full at its end, and all of it may have come at its begin:
    // needless, N = 3. It may have
    // come at its end, too, and then at e = W-1 the estimate is 1 and 2 are admitted, over:
    // floor(N·(W-1)/W) = 2.
    assertThat(Exhaustive.misjudged(new SlidingWindowCounter(limit), limit))
        .isEqualTo(new Exhaustive.Misjudged(3, 2));
    // A new window forgets all, whenever it came.
    assertThat(Exhaustive.misjudged(new FixedWindow(limit), limit).over()).isEqualTo(3);
  }

  @Test
  void theLogBesideALogNeverDisagrees() {
    Limit limit = new Limit(2, 3, 2);
    assertThat(Exhaustive.wronglyDenied(new SlidingWindowLog(limit), limit, 9).most(9))
        .isZero();
    assertThat(
            Exhaustive.wronglyDenied(new SlidingWindowCounter(limit), limit, 3).most(1))
        .isEqualTo(2);
  }
}
