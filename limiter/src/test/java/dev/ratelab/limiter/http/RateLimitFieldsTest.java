package dev.ratelab.limiter.http;

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
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RateLimitFieldsTest {
  private static final ScopedPolicy A = policy("api.v1", Duration.ofSeconds(60));
  private static final ScopedPolicy B = policy("b", Duration.ofMillis(1_500));

  private static ScopedPolicy policy(String name, Duration window) {
    return ScopedPolicy.perKey(Policy.of(name, Algorithm.GCRA, Limit.of(10, window)));
  }

  private static Map<String, String> fields(
      List<ScopedPolicy> policies, PolicyDecision... answers) {
    Map<String, String> fields = new TreeMap<>();
    new RateLimitFields()
        .tell(
            new Request(null, "k", 1, policies),
            RequestDecision.of(List.of(answers)),
            (name, value) -> assertThat(fields.put(name, value)).as(name).isNull());
    return fields;
  }

  private static Map<String, String> fields(Decision decision) {
    return fields(List.of(A), new PolicyDecision("api.v1", decision, false));
  }

  @Test
  void anAdmissionTellsWhatIsLeft() {
    assertThat(fields(Decision.allow(10, 9, 5_000_000)))
        .isEqualTo(
            Map.of("RateLimit-Policy", "\"api.v1\";q=10;w=60", "RateLimit", "\"api.v1\";r=9;t=5"));
  }

  @Test
  void nobodyWhoHeedsTheTimesComesTooEarly() {
    assertThat(fields(Decision.deny(10, 0, 1_000_001, 5_000_000)))
        .isEqualTo(Map.of(
            "RateLimit-Policy", "\"api.v1\";q=10;w=60",
            "RateLimit", "\"api.v1\";r=0;t=2",
            "Retry-After", "2"));
  }

  @Test
  void severalPoliciesAreOneFieldAndAWindowThatIsNotWholeSecondsIsLeftOut() {
    assertThat(fields(
            List.of(A, B),
            new PolicyDecision("api.v1", Decision.allow(10, 9, 1), false),
            new PolicyDecision("b", Decision.allow(10, 3, 2_000_000), false)))
        .isEqualTo(Map.of(
            "RateLimit-Policy", "\"api.v1\";q=10;w=60, \"b\";q=10",
            "RateLimit", "\"api.v1\";r=9;t=1, \"b\";r=3;t=2"));
  }

  @Test
  void aPolicyInShadowIsNotTold() {
    assertThat(fields(
            List.of(A, B),
            new PolicyDecision("api.v1", Decision.allow(10, 9, 1), false),
            new PolicyDecision("b", Decision.deny(10, 0, 2_000_000, 2_000_000), true)))
        .isEqualTo(
            Map.of("RateLimit-Policy", "\"api.v1\";q=10;w=60", "RateLimit", "\"api.v1\";r=9;t=1"));
    assertThat(fields(List.of(B), new PolicyDecision("b", Decision.allow(10, 3, 1), true)))
        .isEmpty();
  }

  @Test
  void whereNobodyCountedNothingIsSaidOfWhatIsLeft() {
    assertThat(
            fields(Decision.undecided(10, FailurePolicy.FAIL_CLOSED, FailureReason.BREAKER_OPEN)))
        .isEqualTo(Map.of(
            "RateLimit-Policy", "\"api.v1\";q=10;w=60",
            "Retry-After", "1",
            "Ratelab-Decided-By", "fail-closed;because=breaker-open"));
    assertThat(fields(Decision.undecided(10, FailurePolicy.FAIL_OPEN, FailureReason.SHED)))
        .containsEntry("Ratelab-Decided-By", "fail-open;because=shed")
        .doesNotContainKeys("Retry-After", "RateLimit");
  }

  @Test
  void aLocalLimiterCounts() {
    assertThat(fields(
            Decision.deny(10, 0, 3_000_000, 4_000_000).decidedLocally(FailureReason.DEADLINE)))
        .isEqualTo(Map.of(
            "RateLimit-Policy", "\"api.v1\";q=10;w=60",
            "RateLimit", "\"api.v1\";r=0;t=3",
            "Retry-After", "3",
            "Ratelab-Decided-By", "local;because=deadline"));
  }
}
