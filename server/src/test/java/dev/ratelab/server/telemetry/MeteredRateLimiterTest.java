package dev.ratelab.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ratelab.limiter.Algorithm;
import dev.ratelab.limiter.Decision;
import dev.ratelab.limiter.FailureReason;
import dev.ratelab.limiter.Limit;
import dev.ratelab.limiter.Policy;
import dev.ratelab.limiter.RateLimiter;
import dev.ratelab.limiter.Request;
import dev.ratelab.limiter.RequestDecision;
import dev.ratelab.server.Exposition;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MeteredRateLimiterTest {
  private static final Request REQUEST =
      Request.of(Policy.of("p", Algorithm.GCRA, Limit.of(5, Duration.ofSeconds(1))), "key", 1);

  private final Telemetry telemetry = Telemetry.create();

  @AfterEach
  void close() {
    telemetry.close();
  }

  private double value(String sample) {
    return Exposition.parse(telemetry.exposition().toCompletableFuture().join()).value(sample);
  }

  @Test
  void eachDecisionOfABatchIsInFlightUntilItIsMade() {
    CompletableFuture<RequestDecision> decision = new CompletableFuture<>();
    RateLimiter metered = telemetry.metered((RateLimiter) request -> decision);

    var decisions = metered.checkAll(List.of(REQUEST, REQUEST, REQUEST));
    assertThat(value("ratelab_decisions_in_flight")).isEqualTo(3);

    decision.complete(RequestDecision.of("p", Decision.allow(5, 4, 0)));
    assertThat(decisions).allMatch(made -> made.toCompletableFuture().join().allowed());
    assertThat(value("ratelab_decisions_in_flight")).isZero();
  }

  @Test
  void aLimiterThatThrowsIsTakenForABackendThatFailed() {
    RateLimiter metered = telemetry.metered((RateLimiter) request -> {
      throw new IllegalStateException("planted");
    });

    assertThat(metered.check(REQUEST).decision().because()).isEqualTo(FailureReason.UNAVAILABLE);
    assertThat(metered.checkAll(List.of(REQUEST))).hasSize(1);
    assertThat(value(
            "ratelab_checks_total{algorithm=\"gcra\",outcome=\"failed_closed\",policy=\"p\"}"))
        .isEqualTo(2);
    assertThat(value("ratelab_decisions_in_flight")).isZero();
  }
}
