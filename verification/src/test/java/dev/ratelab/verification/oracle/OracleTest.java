package dev.ratelab.verification.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The oracle itself, against numbers worked out by hand or stated in the catalogue. */
class OracleTest {

  @ParameterizedTest(name = "{0} per {1} instants: {2} in one window")
  @CsvSource({"3, 6, 5", "4, 12, 7", "6, 8, 10", "10, 20, 19"})
  void theCounterAdmitsAsMuchInOneWindowAsTheCatalogueFound(long permits, long window, long most) {
    OracleRule rule = new OracleRule(permits, window, permits);
    NavigableMap<Long, Long> admitted = greedyFromTheEdge("sliding-window-counter", rule);

    assertThat(curve(admitted, window)).isEqualTo(most);
    for (long tau = 1; tau <= window + 1; tau++) {
      assertThat(BigInteger.valueOf(curve(admitted, tau)))
          .isEqualTo(Oracle.of("sliding-window-counter", rule).bound(tau));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "fixed-window, 8",
    "sliding-window-log, 4",
    "token-bucket, 4",
    "gcra, 4",
    "leaky-bucket, 4"
  })
  void aroundAnEdgeTwoInstantsAdmitWhatTheTableSays(String algorithm, long most) {
    OracleRule rule = new OracleRule(4, 12, 4);

    assertThat(curve(greedyFromTheEdge(algorithm, rule), 2)).isEqualTo(most);
    assertThat(Oracle.of(algorithm, rule).bound(2)).isEqualTo(most);
  }

  @Test
  void fixedWindow() {
    Oracle oracle = Oracle.of("fixed-window", new OracleRule(3, 10, 3));

    assertThat(oracle.check(14, 2)).isEqualTo(new OracleAnswer(true, 1, 0, 6, 0));
    assertThat(oracle.check(19, 2)).isEqualTo(new OracleAnswer(false, 1, 1, 1, 0));
    assertThat(oracle.check(20, 2)).isEqualTo(new OracleAnswer(true, 1, 0, 10, 0));
  }

  @Test
  void exactLogFreesWhatIsExactlyAWindowOld() {
    Oracle oracle = Oracle.of("sliding-window-log", new OracleRule(3, 10, 3));

    assertThat(oracle.check(14, 2)).isEqualTo(new OracleAnswer(true, 1, 0, 10, 0));
    assertThat(oracle.check(19, 1)).isEqualTo(new OracleAnswer(true, 0, 0, 10, 0));
    assertThat(oracle.check(20, 3)).isEqualTo(new OracleAnswer(false, 0, 9, 9, 0));
    assertThat(oracle.check(23, 2)).isEqualTo(new OracleAnswer(false, 0, 1, 6, 0));
    assertThat(oracle.check(24, 2)).isEqualTo(new OracleAnswer(true, 0, 0, 10, 0));
  }

  @Test
  void counterRetriesInThisWindowOrInTheNext() {
    Oracle oracle = Oracle.of("sliding-window-counter", new OracleRule(4, 12, 4));

    assertThat(oracle.check(11, 4)).isEqualTo(new OracleAnswer(true, 0, 0, 13, 0));
    // Elapsed 1: 4·11/12 = 3.67 of 4. A cost of 1 needs 4·(12-e) <= 3·12, so e = 3; a cost of 4 the
    // edge.
    assertThat(oracle.check(13, 1)).isEqualTo(new OracleAnswer(false, 0, 2, 11, 0));
    assertThat(oracle.check(13, 4)).isEqualTo(new OracleAnswer(false, 0, 11, 11, 0));
    assertThat(oracle.check(15, 1)).isEqualTo(new OracleAnswer(true, 0, 0, 21, 0));
    // Now 1 counts in this window, so a cost of 4 must wait until the end of the next one.
    assertThat(oracle.check(15, 4)).isEqualTo(new OracleAnswer(false, 0, 21, 21, 0));
  }

  @ParameterizedTest
  @CsvSource({"token-bucket, 0, 0", "gcra, 0, 0", "leaky-bucket, 0, 7"})
  void bucketsWhoseEmissionIntervalIsNoWholeNumber(String algorithm, long first, long second) {
    // T = 10/3: 2 fit at once; a third comes back after 3.33, so at 4; both after 6.67, so at 7.
    Oracle oracle = Oracle.of(algorithm, new OracleRule(3, 10, 3));

    assertThat(oracle.check(100, 2)).isEqualTo(new OracleAnswer(true, 1, 0, 7, first));
    assertThat(oracle.check(100, 1)).isEqualTo(new OracleAnswer(true, 0, 0, 10, second));
    assertThat(oracle.check(103, 1)).isEqualTo(new OracleAnswer(false, 0, 1, 7, 0));
    assertThat(oracle.check(104, 2)).isEqualTo(new OracleAnswer(false, 1, 3, 6, 0));
  }

  @Test
  void theEstimateIsOffByNoMoreThanThePreviousWindowsShare() {
    OracleRule rule = new OracleRule(4, 12, 4);
    History history = new History();
    history.add(0, BigInteger.valueOf(4));

    Estimate early = Estimate.at(history, rule, 1, 13);
    assertThat(early.timesWindow()).isEqualTo(44);
    assertThat(early.truth()).isEqualTo(0);
    assertThat(early.isWithinItsError()).isTrue();
    assertThat(new Estimate(early.previous(), early.current(), 1, BigInteger.valueOf(5), 12)
            .isWithinItsError())
        .isFalse();
    assertThat(new Estimate(early.previous(), BigInteger.ONE, 1, BigInteger.ZERO, 12)
            .isWithinItsError())
        .isFalse();
  }

  /** As much as fits in the last instant of a window and in each one after it, for three windows. */
  private static NavigableMap<Long, Long> greedyFromTheEdge(String algorithm, OracleRule rule) {
    Oracle oracle = Oracle.of(algorithm, rule);
    NavigableMap<Long, Long> admitted = new TreeMap<>();
    for (long at = rule.window() - 1; at < 4 * rule.window(); at++) {
      while (oracle.check(at, 1).allowed()) {
        admitted.merge(at, 1L, Long::sum);
      }
    }
    return admitted;
  }

  private static long curve(NavigableMap<Long, Long> admitted, long tau) {
    return admitted.keySet().stream()
        .mapToLong(from -> admitted.subMap(from, from + tau).entrySet().stream()
            .mapToLong(Map.Entry::getValue)
            .sum())
        .max()
        .orElse(0);
  }
}
