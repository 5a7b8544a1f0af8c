package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import dev.ratelab.server.telemetry.TopDenied.Who;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LiveFiguresTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private static final Decision ALLOWED = Decision.allow(5, 4, 1);
  private static final Decision DENIED = Decision.deny(5, 0, 1, 1);
  private static final ScopedPolicy P = policy("p");
  private static final ScopedPolicy Q = policy("q");

  private final LiveFigures figures = new LiveFigures(LiveFiguresTest::inClear);

  private static Who inClear(String policy, Request request) {
    String tenant = request.tenant();
    return tenant == null ? new Who(policy, false, request.key()) : new Who(policy, true, tenant);
  }

  private static ScopedPolicy policy(String name) {
    return ScopedPolicy.perKey(Policy.of(name, Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(1))));
  }

  private void ended(String key, Decision decision, long nanos) {
    figures.ended(Request.of(P, key, 1), RequestDecision.of("p", decision), nanos);
  }

  private void deny(String key, int times) {
    for (int i = 0; i < times; i++) {
      ended(key, DENIED, MILLI);
    }
  }

  @Test
  void whileNobodyWatchesNothingIsKept() {
    deny("early", 3);
    figures.rejected();
    figures.watch();

    assertThat(figures.takeChecks())
        .allSatisfy((outcome, count) -> assertThat(count).isZero());
    assertThat(figures.takeLatencies().getTotalCount()).isZero();
    assertThat(figures.topDenied()).isEmpty();

    deny("watched", 3);
    figures.unwatch();
    deny("late", 3);
    figures.watch();
    assertThat(figures.topDenied()).isEmpty();
    assertThat(figures.takeChecks()).containsEntry("denied", 0L);
  }

  @Test
  void aSecondHasItsOwnFiguresOnly() {
    figures.watch();
    ended("a", ALLOWED, 2 * MILLI);
    ended("a", Decision.undecided(5, FailurePolicy.FAIL_OPEN, FailureReason.SHED), 4 * MILLI);
    ended("a", Decision.undecided(5, FailurePolicy.FAIL_CLOSED, FailureReason.SHED), 8 * MILLI);
    figures.rejected();
    deny("a", 2);

    assertThat(figures.takeChecks())
        .containsEntry("allowed", 1L)
        .containsEntry("denied", 2L)
        .containsEntry("failed_open", 1L)
        .containsEntry("failed_closed", 1L)
        .containsEntry("rejected", 1L)
        .containsEntry("failed_local_allowed", 0L)
        .containsEntry("failed_local_denied", 0L)
        .hasSize(7);
    // Two significant digits.
    assertThat(figures.takeLatencies().getMaxValue() / (double) MILLI).isBetween(7.9, 8.1);

    assertThat(figures.takeChecks()).containsEntry("denied", 0L);
    assertThat(figures.takeLatencies().getTotalCount()).isZero();
  }

  /** A latency that cannot be true, as a clock that jumps would give, is no reason to fail a decision. */
  @Test
  void aLatencyBeyondTheHistogramIsItsHighest() {
    figures.watch();
    ended("a", ALLOWED, Long.MAX_VALUE);

    assertThat(figures.takeLatencies().getTotalCount()).isEqualTo(1);
  }

  @Test
  void deniedMostIsOfTheLastMinuteAtMostAndHalfAMinuteAtLeast() {
    figures.watch();
    deny("old", 5);
    for (int second = 1; second <= 30; second++) {
      assertThat(figures.topDenied()).as("second %d", second).hasSize(1);
    }
    deny("old", 1);
    deny("new", 2);

    assertThat(figures.topDenied()).first().satisfies(first -> {
      assertThat(first.who().name()).isEqualTo("old");
      assertThat(first.count()).as("over both halves").isEqualTo(6);
    });
    for (int second = 2; second <= 30; second++) {
      assertThat(figures.topDenied()).hasSize(2);
    }
    assertThat(figures.topDenied())
        .first()
        .satisfies(first -> assertThat(first.who().name())
            .as("the first half minute is forgotten")
            .isEqualTo("new"));
  }

  @Test
  void aRequestCountsOnceForItsTenantUnderThePolicyThatDenied() {
    figures.watch();
    figures.ended(
        new Request("acme", "someone", 1, List.of(P, Q)),
        RequestDecision.of(
            List.of(new PolicyDecision("p", ALLOWED), new PolicyDecision("q", DENIED))),
        MILLI);

    assertThat(figures.takeChecks())
        .containsEntry("denied", 1L)
        .containsEntry("allowed", 0L)
        .doesNotContainKey("uncharged");
    assertThat(figures.topDenied())
        .singleElement()
        .satisfies(denied -> assertThat(denied.who()).isEqualTo(new Who("q", true, "acme")));
  }

  @Test
  void onlyTheFirstTenAreTold() {
    figures.watch();
    for (int key = 1; key <= 30; key++) {
      deny("key" + key, key);
    }

    assertThat(figures.topDenied())
        .hasSize(LiveFigures.TOP)
        .extracting(denied -> denied.who().name())
        .startsWith("key30", "key29");
  }
}
