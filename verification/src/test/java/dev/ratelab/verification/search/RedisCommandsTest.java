package dev.ratelab.verification.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.algorithm.Transition;
import dev.ratelab.verification.oracle.Oracle;
import dev.ratelab.verification.oracle.OracleAnswer;
import dev.ratelab.verification.oracle.OracleRule;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.search.Exhaustive.Misjudged;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What docs/redis-commands.md says of INCREX and CL.THROTTLE. */
class RedisCommandsTest {
  private static final Limit LIMIT = new Limit(3, 6, 3);

  @ParameterizedTest(name = "{0} per {1}")
  @CsvSource({"1, 1", "1, 4", "2, 1", "2, 3", "3, 2", "5, 2", "2, 5", "3, 6", "4, 12", "6, 8"})
  void theWorstOfAllArrivalsIsTheBound(long permits, long window) {
    Limit limit = new Limit(permits, window, permits);
    for (boolean enx : new boolean[] {true, false}) {
      int longest = Math.toIntExact(3 * window + 1);
      Exhaustive.Worst worst = Exhaustive.admitted(new Increx(limit, enx), limit, longest);
      for (int tau = 1; tau <= longest; tau++) {
        assertThat(worst.most(tau))
            .as("E(%d), ENX %s", tau, enx)
            .isEqualTo(increx(limit, enx).bound(tau).longValueExact());
      }
    }
  }

  @Test
  void withEnxTheCurveIsNeitherGcrasNorThatOfASlidingWindow() {
    OracleRule rule = new OracleRule(100, 60_000_000, 100);
    assertThat(bound("increx", rule, 2)).isEqualTo(199);
    assertThat(bound("gcra", rule, 2)).isEqualTo(100);
    assertThat(bound("sliding-window-log", rule, 2)).isEqualTo(100);
    assertThat(bound("sliding-window-counter", rule, 2)).isEqualTo(100);
    assertThat(bound("fixed-window", rule, 2)).isEqualTo(200);
    assertThat(bound("increx", rule, 60_000_000)).isEqualTo(199);
    assertThat(bound("sliding-window-log", rule, 60_000_000)).isEqualTo(100);
  }

  @Test
  void withEnxAnInstantAtTheEndOfAWindowAndTheNextAdmitAllButOneOfTwoLimits() {
    Oracle key = Oracle.of("increx", new OracleRule(100, 60_000_000, 100));
    assertThat(taken(key, 0, 1)).isEqualTo(1);
    assertThat(taken(key, 59_999_999, 200)).isEqualTo(99);
    assertThat(taken(key, 60_000_000, 200)).isEqualTo(100);
  }

  @Test
  void withoutEnxTheCurveIsTheLogsButTheDecisionsAreNot() {
    OracleRule rule = new OracleRule(100, 60_000_000, 100);
    for (long tau = 1; tau <= 300_000_000; tau += 999_999) {
      assertThat(bound("increx-without-enx", rule, tau))
          .isEqualTo(bound("sliding-window-log", rule, tau));
    }
    // One request every 59 seconds, two in any minute.
    Oracle key = Oracle.of("increx-without-enx", rule);
    Oracle log = Oracle.of("sliding-window-log", rule);
    for (long i = 0; i < 100; i++) {
      assertThat(key.check(i * 59_000_000, 1).allowed()).isTrue();
      log.check(i * 59_000_000, 1);
    }
    assertThat(log.check(100 * 59_000_000L, 1).allowed()).isTrue();
    assertThat(key.check(100 * 59_000_000L, 1).allowed()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "10", "100"})
  void withoutEnxACallerThatKeepsToTheRateIsDeniedAboutHalf(int permits) {
    Oracle key =
        Oracle.of("increx-without-enx", new OracleRule(permits, permits * 1_000L, permits));
    int asked = 10 * (2 * permits - 1);
    int admitted = 0;
    for (int i = 0; i < asked; i++) {
      admitted += key.check(i * 1_000L, 1).allowed() ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(10 * permits);
  }

  @Test
  void besideTheExactCountOfTheLastWindowEachErrsOnItsOwnSide() {
    // N = 3: with ENX up to N - 1 too many and never one too few, without ENX the other way round.
    assertThat(Exhaustive.misjudged(new Increx(LIMIT, true), LIMIT)).isEqualTo(new Misjudged(0, 2));
    assertThat(Exhaustive.misjudged(new Increx(LIMIT, false), LIMIT))
        .isEqualTo(new Misjudged(2, 0));
  }

  @Test
  void underPressureBothAdmitTheLimitInAWindow() {
    assertThat(Exhaustive.saturatedRate(new Increx(LIMIT, true), LIMIT)).isEqualTo(3);
    assertThat(Exhaustive.saturatedRate(new Increx(LIMIT, false), LIMIT)).isEqualTo(3);
  }

  @Test
  void theModelsOfIncrexDecideAlike() {
    Random random = new Random(15);
    for (boolean enx : new boolean[] {true, false}) {
      Transition<Increx.Counter> transition = new Increx(LIMIT, enx);
      Oracle oracle = increx(LIMIT, enx);
      Increx.Counter state = null;
      long at = 0;
      for (int i = 0; i < 10_000; i++) {
        at += random.nextInt(4);
        long cost = 1L + random.nextInt(3);
        var step = transition.apply(state, at, cost);
        state = step.state();
        var told = step.decision();
        assertThat(oracle.check(at, cost))
            .as("ENX %s, at %s", enx, at)
            .isEqualTo(new OracleAnswer(
                told.allowed(),
                told.remaining(),
                told.retryAfterMicros(),
                told.resetAfterMicros(),
                0));
      }
    }
  }

  @Test
  void throttleIsGcraWhereTheEmissionIntervalIsWholeNanoseconds() {
    Random random = new Random(15);
    OracleRule rule = new OracleRule(10, 1_000_000, 4);
    Oracle throttle = Oracle.of("cl.throttle", rule);
    Oracle gcra = Oracle.of("gcra", rule);
    long at = 0;
    for (int i = 0; i < 10_000; i++) {
      at += random.nextInt(150_000);
      long cost = 1L + random.nextInt(4);
      assertThat(throttle.check(at, cost)).isEqualTo(gcra.check(at, cost));
      assertThat(bound("cl.throttle", rule, 1 + at)).isEqualTo(bound("gcra", rule, 1 + at));
    }
  }

  @Test
  void throttleIsFasterWhereItIsNot() {
    OracleRule rule = new OracleRule(3, 1_000_000, 2);
    long thousandSeconds = 1_000_000_000;
    assertThat(bound("gcra", rule, thousandSeconds)).isEqualTo(3_001);
    assertThat(bound("cl.throttle", rule, thousandSeconds)).isEqualTo(3_002);
    Oracle key = Oracle.of("cl.throttle", rule);
    assertThat(taken(key, 0, 3)).isEqualTo(2);
    for (long i = 1; i <= 3_000; i++) {
      long at = (i * 333_333_333 + 999) / 1_000;
      assertThat(key.check(at, 1).allowed()).as("request %s", i).isTrue();
      assertThat(at).isLessThan(thousandSeconds);
    }
  }

  @Test
  void upToAThousandPermitsThrottleAdmitsNoMoreThanGcraInAWindow() {
    for (long permits = 1; permits <= 1_000; permits++) {
      OracleRule rule = new OracleRule(permits, 1_000_000, 1);
      assertThat(bound("cl.throttle", rule, 1_000_000)).isEqualTo(permits);
    }
    // 1.666 of 1.6667 microseconds.
    OracleRule fast = new OracleRule(600_000, 1_000_000, 1);
    assertThat(bound("cl.throttle", fast, 1_000_000)).isEqualTo(600_240);
  }

  private static Oracle increx(Limit limit, boolean enx) {
    return Oracle.of(enx ? "increx" : "increx-without-enx", Scenario.rule(limit));
  }

  private static long bound(String command, OracleRule rule, long tau) {
    return Oracle.of(command, rule).bound(tau).longValueExact();
  }

  private static int taken(Oracle key, long at, int asked) {
    int taken = 0;
    for (int i = 0; i < asked; i++) {
      taken += key.check(at, 1).allowed() ? 1 : 0;
    }
    return taken;
  }
}
