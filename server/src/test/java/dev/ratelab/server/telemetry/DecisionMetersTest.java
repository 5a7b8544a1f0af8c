package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailurePolicy;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.PolicyDecision;
import dev.ratelab.limiter.PolicySet;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.limiter.ScopedPolicy;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@link Telemetry} counts of decisions, for each policy. */
class DecisionMetersTest {
  private static final Limit LIMIT = Limit.of(10, Duration.ofSeconds(1));
  private static final ScopedPolicy P = ScopedPolicy.perKey(Policy.of("p", Algorithm.GCRA, LIMIT));
  private static final ScopedPolicy Q =
      ScopedPolicy.perKey(Policy.of("q", Algorithm.FIXED_WINDOW, LIMIT));
  private static final Decision ADMITTED = Decision.allow(10, 7, 0);
  private static final Decision DENIED = Decision.deny(10, 0, 5, 5);

  private final Telemetry telemetry = Telemetry.create();

  @AfterEach
  void close() {
    telemetry.close();
  }

  private void decide(List<ScopedPolicy> policies, Decision... decisions) {
    Request request = new Request(null, "key", 1, policies);
    List<PolicyDecision> answers = new ArrayList<>();
    for (int i = 0; i < decisions.length; i++) {
      answers.add(PolicyDecision.of(policies.get(i), decisions[i]));
    }
    telemetry.ended(request, RequestDecision.of(answers), telemetry.started(1));
  }

  private String exposition() {
    return telemetry.exposition().toCompletableFuture().join();
  }

  private static String checks(String algorithm, String outcome, String policy, int count) {
    return "ratelab_checks_total{algorithm=\"%s\",outcome=\"%s\",policy=\"%s\"} %d.0\n"
        .formatted(algorithm, outcome, policy, count);
  }

  @Test
  void countingADecisionMakesNoGarbage() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Request request = Request.of(P, "key", 1);
    RequestDecision made = RequestDecision.of("p", ADMITTED);
    int calls = 20_000;
    // Whatever is made once, is made here.
    for (int i = 0; i < calls; i++) {
      telemetry.ended(request, made, telemetry.started(1));
    }

    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < calls; i++) {
      telemetry.ended(request, made, telemetry.started(1));
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(allocated).as("bytes of %d calls", calls).isLessThan(calls);
    assertThat(exposition()).contains(checks("gcra", "allowed", "p", 2 * calls));
  }

  /** A policy that admits while another denies has charged nothing, and so has not admitted. */
  @Test
  void eachPolicyOfARequestIsCountedByItsOwnAnswer() {
    decide(List.of(P, Q), ADMITTED, DENIED);
    decide(List.of(P, Q), ADMITTED, ADMITTED);
    decide(
        List.of(P, Q),
        Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.SHED),
        Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.SHED));

    assertThat(exposition())
        .contains(
            checks("gcra", "uncharged", "p", 1),
            checks("gcra", "allowed", "p", 1),
            checks("gcra", "failed_open", "p", 1),
            checks("fixed-window", "denied", "q", 1),
            checks("fixed-window", "allowed", "q", 1),
            checks("fixed-window", "failed_closed", "q", 1))
        .contains("ratelab_decisions_in_flight 0.0\n")
        .contains("ratelab_decision_duration_seconds_count{algorithm=\"gcra\",policy=\"p\"} 3\n");
  }

  @Test
  void whatIsInShadowIsCountedByWhatItWouldDo() {
    ScopedPolicy shadow = Q.withShadow(true);
    decide(List.of(P, shadow), ADMITTED, DENIED);
    decide(List.of(P, shadow), ADMITTED, ADMITTED);

    assertThat(exposition())
        .contains(
            checks("gcra", "allowed", "p", 2),
            checks("fixed-window", "shadow_denied", "q", 1),
            checks("fixed-window", "allowed", "q", 1),
            checks("fixed-window", "denied", "q", 0));
  }

  @Test
  void whatTheLocalLimiterDecidesIsCountedByItselfAndByItsReason() {
    decide(List.of(P), ADMITTED.decidedLocally(FailureReason.BREAKER_OPEN));
    decide(List.of(P), DENIED.decidedLocally(FailureReason.DEADLINE));

    assertThat(exposition())
        .contains(
            checks("gcra", "failed_local_allowed", "p", 1),
            checks("gcra", "failed_local_denied", "p", 1),
            checks("gcra", "allowed", "p", 0))
        .contains(
            "ratelab_failures_total{algorithm=\"gcra\",because=\"breaker_open\",decided_by=\"local\",policy=\"p\"} 1.0\n")
        .contains(
            "ratelab_failures_total{algorithm=\"gcra\",because=\"deadline\",decided_by=\"local\",policy=\"p\"} 1.0\n");
  }

  @Test
  void policiesAreShownBeforeTheirFirstDecisionAndNoLongerThanTheyAreServed() {
    telemetry.announce(PolicySet.of(List.of(P, Q), List.of("p"), Map.of()));
    assertThat(exposition())
        .contains(checks("gcra", "allowed", "p", 0), checks("fixed-window", "denied", "q", 0));

    decide(List.of(P), ADMITTED);
    ScopedPolicy other = ScopedPolicy.perKey(Policy.of("p", Algorithm.TOKEN_BUCKET, LIMIT));
    telemetry.announce(PolicySet.of(other));
    decide(List.of(other), ADMITTED);

    assertThat(exposition())
        .contains(checks("token-bucket", "allowed", "p", 1))
        .as("policies may change for ever, so what is no more is forgotten")
        .doesNotContain("policy=\"q\"", "algorithm=\"gcra\"");
  }
}
