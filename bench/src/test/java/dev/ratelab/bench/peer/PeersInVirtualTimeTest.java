package dev.ratelab.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.redis.launch.RunningRedis;
import dev.ratelab.verification.generate.Scenarios;
import dev.ratelab.verification.property.Arrival;
import dev.ratelab.verification.property.Property;
import dev.ratelab.verification.property.Scenario;
import dev.ratelab.verification.property.Violation;
import dev.ratelab.verification.subject.VerifiedSubject;
import dev.ratelab.verification.suite.PropertyRun;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The exact properties on limiters of others whose clock can be given: what holds for all scenarios tried, and where one does not
 * hold the smallest case. docs/peers.md says it in words.
 */
class PeersInVirtualTimeTest {
  private static final int TRIES = 150;

  /** On Redis each step is a round trip or two. */
  private static final int REMOTE_TRIES = 20;

  private static final PeerSubject BUCKET4J = ClockedPeers.of("bucket4j", "memory", "none", null);
  private static final PeerSubject RESILIENCE4J =
      ClockedPeers.of("resilience4j", "memory", "none", null);

  @AutoClose
  private static final RunningRedis REDIS = RunningRedis.open("embedded");

  /** Field by field the token bucket of the oracle, as long as a burst's nanoseconds fit a long some times over. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "BOUND",
        "TIGHTNESS",
        "NO_NEEDLESS_DENIAL",
        "RETRY_AFTER",
        "REMAINING",
        "DENIED_COSTS_NOTHING",
        "ISOLATION",
        "COST_ADDITIVITY",
        "ORACLE"
      })
  void bucket4jIsTheTokenBucket(Property property) throws InterruptedException {
    requireHolds(property, BUCKET4J, Algorithm.TOKEN_BUCKET, TRIES, limit -> isLong(limit));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lettuce", "jedis"})
  void bucket4jIsTheTokenBucketOnRedis(String client) throws InterruptedException {
    PeerSubject subject = ClockedPeers.of("bucket4j", "redis", client, url());
    for (Property property : List.of(Property.BOUND, Property.TIGHTNESS, Property.ORACLE)) {
      requireHolds(property, subject, Algorithm.TOKEN_BUCKET, REMOTE_TRIES, limit -> isLong(limit));
    }
  }

  @Test
  void bucket4jRoundsWhereNanosecondsOutgrowALong() {
    // 12 days: its resetAfter ends a fraction of a nanosecond too early.
    requireBroken(
        Property.NO_NEEDLESS_DENIAL,
        BUCKET4J,
        scenario(Algorithm.TOKEN_BUCKET, new Limit(1_024, 1_099_511_627_777L, 1_024), 0, 1),
        "after its resetAfter the key does not behave as new");
    // 31 days: its retryAfter ends a microsecond too late.
    requireBroken(
        Property.RETRY_AFTER,
        BUCKET4J,
        scenario(
            Algorithm.TOKEN_BUCKET,
            new Limit(860_903, 2_678_400_000_000L, 860_903),
            0,
            430_452,
            1,
            860_902),
        "would be admitted a microsecond before its retryAfter");
  }

  @Test
  void bucket4jIsCutToOneTokenANanosecond() {
    requireBroken(
        Property.TIGHTNESS,
        BUCKET4J,
        scenario(Algorithm.TOKEN_BUCKET, new Limit(2_002, 2, 2_002), 0, 1_001),
        "reach the bound of 3003 within 2 µs, but 2002 was admitted");
  }

  @Test
  void bucket4jDeniesLongerThanToldWhenTheClockGoesBack() {
    requireBroken(
        Property.CLOCK_GOING_BACK,
        BUCKET4J,
        scenario(Algorithm.TOKEN_BUCKET, new Limit(1, 1, 1), 1, 1, 0, 1),
        "denied again after its retryAfter of 1 µs");
  }

  /** Its cycles begin with a key's first request, which here lies at the begin of a window. */
  @ParameterizedTest
  @EnumSource(
      names = {"BOUND", "TIGHTNESS", "DENIED_COSTS_NOTHING", "ISOLATION", "COST_ADDITIVITY"})
  void resilience4jIsTheFixedWindow(Property property) throws InterruptedException {
    requireHolds(property, RESILIENCE4J, Algorithm.FIXED_WINDOW, TRIES, limit -> true);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"BOUND", "TIGHTNESS", "DENIED_COSTS_NOTHING", "ISOLATION", "COST_ADDITIVITY"})
  void failsafesBurstyLimiterIsTheFixedWindow(Property property) throws InterruptedException {
    requireHolds(
        property, ClockedPeers.failsafeBursty(), Algorithm.FIXED_WINDOW, TRIES, limit -> true);
  }

  @ParameterizedTest
  @EnumSource(names = {"BOUND", "TIGHTNESS", "DENIED_COSTS_NOTHING", "ISOLATION"})
  void failsafesSmoothLimiterIsAFixedWindowOfOne(Property property) throws InterruptedException {
    requireHolds(
        property,
        ClockedPeers.failsafeSmooth(),
        Algorithm.FIXED_WINDOW,
        TRIES,
        limit -> limit.permits() == 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"DENIED_COSTS_NOTHING", "ISOLATION"})
  void guavasDeniedRequestsCostNothing(Property property) throws InterruptedException {
    requireHolds(property, ClockedPeers.guava(), Algorithm.TOKEN_BUCKET, TRIES, limit -> true);
  }

  @Test
  void guavaAdmitsAMicrosecondEarlyWhereThePermitsIntervalIsNotWhole() {
    // A second's 3 permits and a loan of 3 are the most at once: a bucket of 6 at 3 a second. The
    // loan is paid back after 999,999 µs instead of 1,000,000.
    requireBroken(
        Property.BOUND,
        ClockedPeers.guava(),
        scenario(
            Algorithm.TOKEN_BUCKET,
            new Limit(3, 1_000_000, 6),
            0,
            1,
            2_000_000,
            1,
            2_999_999,
            1,
            3_999_999,
            1),
        "admitted 12 within the 2000000 µs from 2000000 on; the bound is 11");
  }

  @Test
  void guavaBeginsEmptyAndLends() {
    Limit limit = new Limit(2, 1_000_000, 2);
    requireBroken(
        Property.TIGHTNESS,
        ClockedPeers.guava(),
        scenario(Algorithm.TOKEN_BUCKET, new Limit(2, 1_000_000, 3), 0, 2),
        "but");
    requireBroken(
        Property.COST_ADDITIVITY,
        ClockedPeers.guava(),
        scenario(Algorithm.TOKEN_BUCKET, limit, 0, 2),
        "in pieces it is not admitted");
  }

  /** Counted in its own seconds, which here are a scenario's microseconds. */
  @ParameterizedTest
  @EnumSource(names = {"BOUND", "TIGHTNESS", "DENIED_COSTS_NOTHING", "COST_ADDITIVITY"})
  void theGatewaysScriptIsTheTokenBucketInSeconds(Property property) throws InterruptedException {
    // Redis expires its keys after twice the time to fill, in real seconds. And Lua numbers are
    // doubles.
    requireHolds(
        property,
        ClockedPeers.gateway(url(), 1),
        Algorithm.TOKEN_BUCKET,
        REMOTE_TRIES,
        limit -> limit.burst() * limit.windowMicros() / limit.permits() >= 30
            && limit.burst() * limit.windowMicros() < 1L << 52);
  }

  /** Its own configuration refuses a burst of less than a second's worth. */
  @Test
  void theGatewaysScriptKeepsNoStateOfABurstUnderHalfASecondsWorth() {
    requireBroken(
        Property.BOUND,
        ClockedPeers.gateway(url(), 1),
        scenario(Algorithm.TOKEN_BUCKET, new Limit(3, 1, 1), 0, 1),
        "admitted 2 within the 1 µs from 0 on; the bound is 1");
  }

  @Test
  void theGatewaysScriptCountsWholeSeconds() {
    // A permit each 30 s: the second one of them comes 999,999 µs early.
    requireBroken(
        Property.BOUND,
        ClockedPeers.gateway(url(), 1_000_000),
        scenario(Algorithm.TOKEN_BUCKET, new Limit(1, 30_000_000, 3), 999_999, 3, 30_000_000, 1),
        "admitted 4 within the 29000002 µs from 999999 on; the bound is 3");
  }

  private static boolean isLong(Limit limit) {
    double nanos = 1_000.0 * Math.max(limit.permits(), limit.burst()) * limit.windowMicros();
    return nanos < 0x1p58 && limit.permits() <= 1_000 * limit.windowMicros();
  }

  private static void requireHolds(
      Property property,
      VerifiedSubject subject,
      Algorithm algorithm,
      int tries,
      Predicate<Limit> limits)
      throws InterruptedException {
    assertThat(PropertyRun.of(
                property,
                subject,
                Scenarios.of(property, algorithm)
                    .filter(scenario -> limits.test(scenario.policy().limit())),
                tries,
                1)
            .counterexample())
        .isNull();
  }

  private static void requireBroken(
      Property property, VerifiedSubject subject, Scenario scenario, String what) {
    assertThatThrownBy(() -> property.check(subject, scenario))
        .isInstanceOf(Violation.class)
        .hasMessageContaining(what);
  }

  /** Of instants and costs in turn. */
  private static Scenario scenario(Algorithm algorithm, Limit limit, long... arrivals) {
    return new Scenario(
        Policy.of("p", algorithm, limit),
        Stream.iterate(0, i -> i < arrivals.length, i -> i + 2)
            .map(i -> new Arrival(arrivals[i], arrivals[i + 1]))
            .toList());
  }

  private static String url() {
    return REDIS.address().toString();
  }
}
